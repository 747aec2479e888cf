import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import type { FindingCode } from '../model/finding.ts'
import type { SpanShape } from '../model/span.ts'
import type { SpanTree } from '../model/span-tree.ts'
import { textOf } from '../base/attribute-value.ts'
import type { JudgedSpan } from './trace.ts'

/** Where a finding that spans below inherited began. */
export interface Cause {
  readonly code: FindingCode
  readonly origin: SpanShape
  /** The origin as it was judged, where it was. */
  readonly judged: JudgedSpan | undefined
  /** The judged spans that have the finding, the origin among them where it is judged. */
  readonly spans: readonly JudgedSpan[]
  /** Whether the parent of the origin is missing. */
  readonly isParentMissing: boolean
}

/**
 * Findings on what a request brings with it. If that is missing, the place to fix is where the request comes in,
 * whether or not it's an agent span.
 */
const BROUGHT_BY_REQUEST: ReadonlySet<FindingCode> = new Set([
  'missing_principal',
  'missing_intent',
  'missing_authority',
  'missing_correlation',
])

/**
 * The findings of one judged trace by where each began: at the highest judged span above that has the same finding.
 * From there, for what a request brings, at the span by which it came into that service.
 */
export function causesOf(tree: SpanTree, judged: readonly JudgedSpan[]): readonly Cause[] {
  const ancestry = new Ancestry(tree, judged)
  const bySpan = new Map(judged.map((one) => [one.span, one]))
  const causes = new Map<string, { code: FindingCode; origin: SpanShape; spans: JudgedSpan[] }>()
  for (const one of judged) {
    for (const code of one.judgement.findings) {
      const first = ancestry.originsOf(one.span).get(code) ?? one.span
      const origin = BROUGHT_BY_REQUEST.has(code) ? ancestry.entryOf(first) : first
      const key = `${code} ${origin.spanContext().spanId}`
      const known = causes.get(key)
      if (known === undefined) causes.set(key, { code, origin, spans: [one] })
      else known.spans.push(one)
    }
  }
  return [...causes.values()].map((cause) => ({
    ...cause,
    judged: bySpan.get(cause.origin),
    isParentMissing: tree.isParentMissing(cause.origin),
  }))
}

type Origins = ReadonlyMap<FindingCode, SpanShape>

const NONE: Origins = new Map()

/** The spans of a trace and those above them. Looks at each span once, however deep the trace is. */
class Ancestry {
  readonly #tree: SpanTree
  readonly #findings: ReadonlyMap<SpanShape, readonly FindingCode[]>
  readonly #origins = new Map<SpanShape, Origins>()
  readonly #entries = new Map<SpanShape, SpanShape>()

  constructor(tree: SpanTree, judged: readonly JudgedSpan[]) {
    this.#tree = tree
    this.#findings = new Map(judged.map(({ span, judgement }) => [span, judgement.findings]))
  }

  /** For each finding of a span and of those above it, the highest span that has it. */
  originsOf(span: SpanShape): Origins {
    for (const next of this.#tree.pathTo(span, this.#origins)) {
      const above = this.#tree.parentOf(next)
      const inherited = (above === undefined ? undefined : this.#origins.get(above)) ?? NONE
      const own = (this.#findings.get(next) ?? []).filter((code) => !inherited.has(code))
      const added = own.map((code) => [code, next] as const)
      this.#origins.set(next, added.length === 0 ? inherited : new Map([...inherited, ...added]))
    }
    return this.#origins.get(span) ?? NONE
  }

  /** The highest span above that belongs to the same service without a gap. */
  entryOf(span: SpanShape): SpanShape {
    for (const next of this.#tree.pathTo(span, this.#entries)) {
      const above = this.#tree.parentOf(next)
      const isSame = above !== undefined && serviceOf(above) === serviceOf(next)
      this.#entries.set(next, (isSame ? this.#entries.get(above) : undefined) ?? next)
    }
    return this.#entries.get(span) ?? span
  }
}

function serviceOf(span: SpanShape): string | undefined {
  return textOf(span.resource.attributes[ATTR_SERVICE_NAME])
}
