import type { Facet } from '../model/attribution.ts'
import { findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import type { ChainLink } from './chain.ts'
import { sureText } from './sureness.ts'
import type { Sureness } from './sureness.ts'
import { identity } from './wording.ts'

/** What a span says of the facet that is in doubt. */
interface InDoubt {
  readonly text: string
  readonly held: Sureness
}

/** Why a finding leaves a facet unproven: what happened where the span shows it, else the title of the finding. */
export function reasonOf(code: FindingCode, facet: Facet, link: ChainLink, stated?: InDoubt): string {
  if (code === `missing_${facet}` && stated !== undefined) return `${stated.text} is only ${stated.held.assurance}`
  if (code === 'authority_expired' && stated !== undefined) return `${stated.text} had expired`
  if (code === 'placeholder_identity' && NO_IDENTITY.has(facet)) return 'part of it cannot be read'
  const { title } = findingEntry(code)
  const usual = `${title.charAt(0).toLowerCase()}${title.slice(1)}`
  return code === 'principal_changed' ? (handOver(link) ?? usual) : usual
}

/** What says when, and not who. */
const NO_IDENTITY: ReadonlySet<Facet> = new Set(['authority', 'decision'])

function handOver({ judged: { resolved } }: ChainLink): string | undefined {
  const [above, here] = [resolved.lineage.recognized?.principal, resolved.facets.principal]
  if (above === undefined || here === undefined) return undefined
  const [from, to] = [above, here].map((held) => sureText(identity(held.value.id), held))
  return `the principal changed from ${from} to ${to}, and no hand-over is recorded`
}
