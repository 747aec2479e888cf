import { asAgent, attributedTool, decided, onBehalfOf, via } from '../../src/index.ts'
import { ATTR } from '../../src/model/names.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { row } from '../live/seen.ts'
import type { Seen } from '../live/seen.ts'
import { ERRANDS } from './errands.ts'
import { mineOf, USERS } from './stage.ts'

/** The one that policy denies. */
const DENIED = 'notify'

/** An errand's tool, wrapped in what it does for this user. */
export function wrapped<T extends object>(tool: T, errand: string, user: string): T {
  return attributedTool(tool, {
    context: { id: `${errand}-api`, credential: { id: 'key-1', type: 'own' } },
    target: `${errand}-table`,
    resource: `${errand} of ${user}`,
    decision: { outcome: errand === DENIED ? 'deny' : 'allow', policy: { id: 'buying' } },
  })
}

const SAID = [
  ATTR.context.credentialId,
  ATTR.context.target,
  ATTR.resourceId,
  ATTR.decision.outcome,
  ATTR.decision.policyId,
] as const

/** What the tools' own spans say of a user's request, in the order of their contexts. */
export function wrappedIn(spans: readonly Seen[]) {
  const tools = spans.filter(({ kind }) => kind === 'tool')
  const rows = tools.map((tool) => ({
    ...row(tool),
    outcome: tool.outcome,
    said: SAID.map((key) => tool.span.attributes[key]),
  }))
  return rows.toSorted((a, b) => String(a.context).localeCompare(String(b.context)))
}

/** What `wrappedIn` has to be. */
export function wrappedOf(user: string) {
  return ERRANDS.toSorted().map((errand) => ({
    ...mineOf(user),
    kind: 'tool',
    context: `${errand}-api`,
    outcome: errand === DENIED ? 'denied' : 'success',
    said: ['key-1', `${errand}-table`, `${errand} of ${user}`, errand === DENIED ? 'deny' : 'allow', 'buying'],
  }))
}

/** The effects of the tools, each with the context of the tool that its span is below. */
export function wrappedEffectsIn(spans: readonly Seen[]) {
  const toolOf = ({ parentSpanId }: Seen) =>
    spans.find(({ spanId, kind }) => spanId === parentSpanId && kind === 'tool')
  return spans
    .filter(({ kind, context }) => kind === 'effect' && context !== MODEL.id)
    .map((span) => `${span.name} through ${span.context} below ${toolOf(span)?.context}`)
    .toSorted()
}

/** What `wrappedEffectsIn` has to be: nothing was sent by the one that is denied. */
export const WRAPPED_EFFECTS = [
  'GET through stock-api below stock-api',
  'POST through order-connector below order-api',
  'pg-pool.connect through record-api below record-api',
  'pg.query:INSERT postgres through record-api below record-api',
  'refused through notify-api below notify-api',
] as const

/** For the client of the model: whose instrumentation's span isn't active, so that its requests are effects of the agent. */
export const modelFetch: typeof fetch = (...request) =>
  via(MODEL, () => decided({ outcome: 'not_required' }, () => fetch(...request)))

const MODEL = { id: 'model-api', credential: { id: 'key-3', type: 'own' } } as const

/** Each finding of a user's request, with the span that has it. */
export function findingsIn(spans: readonly Seen[]): readonly string[] {
  return spans.flatMap(({ name, findings }) => findings.map((code) => `${name}: ${code}`))
}

/** Runs one tool several times at once for each of two users, who each ask in a trace of their own. */
export async function runTwins(sdk: LiveSdk, run: (inputs: readonly string[]) => Promise<unknown>) {
  sdk.clear()
  const inputs = ['first', 'second', 'third']
  await Promise.all(
    USERS.map((user) =>
      onBehalfOf({ principal: { id: user, type: 'human' }, intent: `order for ${user}` }, () =>
        asAgent('buyer', () => run(inputs.map((input) => `${input} of ${user}`))),
      ),
    ),
  )
  const tools = (await sdk.judged()).filter(({ kind }) => kind === 'tool')
  return tools.map(({ principal, findings, outcome, span: { attributes } }) => {
    const { [ATTR.resourceId]: resource, [ATTR.decision.outcome]: decision } = attributes
    // What the instrumentation itself says of its input.
    const isOwn =
      String(attributes['input.value']).includes(String(resource)) && String(resource).endsWith(String(principal))
    return { isOwn, decision, outcome, findings }
  })
}

/** The act of a twin: the second is denied. */
export const twinAct = ({ item }: { readonly item: string }) => ({
  context: { id: 'shop', credential: { id: 'key-1', type: 'own' } } as const,
  resource: item,
  decision: { outcome: item.startsWith('second') ? 'deny' : 'allow' } as const,
})

/** What `runTwins` has to be, in any order. */
export const TWINS = USERS.flatMap(() =>
  ['allow', 'allow', 'deny'].map((decision) => ({
    isOwn: true,
    decision,
    outcome: decision === 'deny' ? 'denied' : 'success',
    findings: [] as readonly string[],
  })),
)

export function byDecision(a: { readonly decision: unknown }, b: { readonly decision: unknown }): number {
  return String(a.decision).localeCompare(String(b.decision))
}
