import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Seen } from '../live/seen.ts'
import { run, startSink } from '../register/child.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const USERS = ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com']
/** Of the graph, its nodes, its tool and the calls of that. */
const SPANS = 10

interface Way {
  readonly instrumentation: string
  readonly handler: string
  readonly kind: string
}

async function spansOf(
  { instrumentation, handler, kind }: Way,
  settings: Readonly<Record<string, string>>,
): Promise<readonly Seen[]> {
  const sink = await startSink()
  const { code } = await run({
    app: at(`apps/langgraph.${kind}`),
    args: [instrumentation, handler],
    imports: [at('apps/langgraph-setup.mjs')],
    env: { ...sink.env, ...settings },
  })
  const spans = sink.judged()
  sink.close()
  expect(code).toBe(0)
  expect(spans).toHaveLength(SPANS * USERS.length)
  return spans
}

/** Whom a span is for, where it says so itself: by its name, or by what went in and came out. */
function userIn({ name, span }: Seen): string | undefined {
  const said = Object.entries(span.attributes).filter(([key]) => !key.startsWith('attribution.'))
  return USERS.find((user) => name === user || said.some(([, value]) => String(value).includes(user)))
}

/** How many are each user's, which of those are another's, and what was found. */
function lookAt(spans: readonly Seen[]) {
  return {
    counts: USERS.map((user) => spans.filter(({ principal }) => principal === user).length),
    others: spans.filter((span) => userIn(span) !== undefined && userIn(span) !== span.principal),
    findings: [...new Set(spans.flatMap((span) => span.findings))],
  }
}

/** Traceloop does not tell one tool from another. */
function ownOf({ instrumentation }: Way) {
  const findings = instrumentation === 'traceloop' ? ['missing_context'] : []
  return { counts: USERS.map(() => SPANS), others: [], findings }
}

const WAYS = ['openinference', 'traceloop'].flatMap((instrumentation) =>
  ['none', 'slow'].flatMap((handler) => ['mjs', 'cjs'].map((kind) => ({ instrumentation, handler, kind }))),
)

describe.each(WAYS)('LangGraph by three users in one tick ($instrumentation, handler: $handler, $kind)', (way) => {
  it('has each span be its own user’s', async () => {
    expect(lookAt(await spansOf(way, {}))).toEqual(ownOf(way))
  })

  it('has so where nothing is patched and LangChain waits for its callbacks', async () => {
    const spans = await spansOf(way, { SETUP: 'processor', LANGCHAIN_CALLBACKS_BACKGROUND: 'false' })
    expect(lookAt(spans)).toEqual(ownOf(way))
  })

  it('names nobody without a word where the queue of LangChain is as it was', async () => {
    const spans = await spansOf(way, { SETUP: 'processor' })
    const effects = spans.filter(({ kind }) => kind === 'effect')
    const others = spans.filter(({ kind }) => kind !== 'effect')
    expect(effects.filter((span) => span.name !== span.principal)).toEqual([])
    expect(
      others.filter(({ verdict, findings }) => verdict !== 'unknown' || !findings.includes('stale_binding')),
    ).toEqual([])
  })
})
