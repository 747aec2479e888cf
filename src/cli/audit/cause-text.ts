import { FINDINGS } from '../../model/finding.ts'
import type { FindingCode } from '../../model/finding.ts'
import type { CauseGroup } from './cause-groups.ts'
import { count, inline } from '../terminal/text.ts'

const MAX_NAME = 60

/** What is wrong at a place and how many spans it affects, in one line without a period. */
export function causeText(group: CauseGroup): string {
  return `${group.weakness ?? lackOf(group)} at ${placeText(group)}: ${extentText(group)}`
}

/** `POST /chat` of `shop-api`, in backticks, so that names with spaces stay apart from the words around them. */
function placeText({ name, service }: CauseGroup): string {
  const of = service === '' ? 'a service without a name' : quoted(service)
  return `${name === '' ? 'a span without a name' : quoted(name)} of ${of}`
}

function quoted(name: string): string {
  return `\`${inline(name, MAX_NAME).replaceAll('`', "'")}\``
}

function extentText({ spans, isAbove }: CauseGroup): string {
  if (isAbove) return `${count(spans, 'span')} below`
  return spans === 1 ? '1 span' : `${count(spans, 'span')} from there on`
}

/** For these a sentence reads better than the finding's title. */
const LACKS: Readonly<Partial<Record<FindingCode, string>>> = {
  missing_principal: 'nothing names a principal',
  missing_actor: 'nothing names the agent',
  missing_context: 'nothing says through what it was done',
  missing_decision: 'no policy decision is recorded',
  missing_approval: 'no approver is recorded',
  missing_correlation: 'no correlation id is recorded',
  missing_authority: 'no authority is recorded',
  missing_credential: 'no credential is recorded',
  missing_intent: 'nothing says why',
}

function lackOf({ code, isParentMissing }: CauseGroup): string {
  if (isParentMissing) return 'effect whose parent is not in this input'
  const { title } = FINDINGS[code]
  return LACKS[code] ?? `${title.charAt(0).toLowerCase()}${title.slice(1)}`
}
