import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  action,
  asAgent,
  AttributionError,
  authzen,
  bindingOf,
  decide,
  decided,
  guard,
  onBehalfOf,
  opa,
  via,
} from '../../src/index.ts'
import type { AskDecision, Decision } from '../../src/index.ts'
import { resetProcessState } from '../../src/runtime/health/process-state.ts'
import { newFaults } from '../runtime/faults.ts'
import { silence, tracing } from '../runtime/provider.ts'
import type { Traced } from '../runtime/provider.ts'

const ASKED = { principal: { id: 'mia@contoso.com', type: 'human' }, intent: 'refund order 7' } as const
const CALL = { action: 'refund', resource: 'order-7', arguments: { amount: 40 } } as const
const WHO = { principal: 'mia@contoso.com', actor: 'assistant' }

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(() => {
  silence()
  resetProcessState()
})

/** What came of it: what ran returns, or why it was refused. */
async function outcome(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await onBehalfOf(ASKED, () => asAgent('assistant', () => via('payments', work)))
  } catch (error) {
    if (!(error instanceof AttributionError)) throw error
    return `refused: ${error.unmet.join(' ')}`
  }
}

function answering(value: unknown): typeof fetch {
  return () => Promise.resolve(new Response(JSON.stringify(value)))
}

const ran = () => 'ran'
const REFUSED = expect.stringContaining('refused: ') as unknown

describe('an approval for one use', () => {
  it('is used once, whatever ids and policies the answers of today have', async () => {
    const approval: Decision = {
      outcome: 'allow',
      approver: { id: 'lea@contoso.com' },
      binding: bindingOf({ ...CALL, ...WHO }),
      uses: 1,
    }
    let asked = 0
    const policy: AskDecision = () => {
      asked += 1
      return { outcome: 'escalate', id: `answer-${asked}`, policy: { id: `policy-${asked}` } }
    }
    const use = () => outcome(() => decide(policy, { ...CALL, approval }, ran))
    expect(await use()).toBe('ran')
    expect(await use()).toEqual(expect.stringContaining('used up'))
    const alone = (id: string) => outcome(() => decide({ ...approval, policy: { id } }, CALL, ran))
    expect(await Promise.all([alone('a'), alone('b')])).toEqual([REFUSED, REFUSED])
  })
})

describe('a decision that is bound to another call', () => {
  it('is refused too where it changes the arguments', async () => {
    const binding = bindingOf({ ...CALL, ...WHO, arguments: { amount: 1 } })
    const change: AskDecision = () => ({ outcome: 'modify', binding, arguments: { amount: 99 } })
    expect(await outcome(() => decide(change, CALL, ran))).toEqual(expect.stringContaining('other arguments'))
    const proposed: AskDecision = (request) => ({
      outcome: 'modify',
      binding: request.binding,
      arguments: { amount: 9 },
    })
    expect(await outcome(() => decide(proposed, CALL, ({ amount }) => amount))).toBe(9)
  })
})

describe('a decision of an action that cannot be read', () => {
  it.each([['allow'], [{ outcome: 'dney' }], [{}]])('%o is refused, also inside what was allowed', async (bad) => {
    const inside = () => action('refund', { decision: bad as never }, ran)
    expect(await outcome(() => decided({ outcome: 'allow' }, inside))).toEqual(
      expect.stringContaining('cannot be read'),
    )
  })
  it('is read once', async () => {
    let reads = 0
    const decision = {
      get outcome() {
        reads += 1
        return reads === 1 ? 'deny' : 'allow'
      },
    }
    expect(await outcome(() => action('refund', { decision: decision as Decision }, ran))).toEqual(REFUSED)
  })
})

describe('a confused deputy', () => {
  it.each(['user:mia@contoso.com', 'mailto:mia@contoso.com', 'ＭＩＡ@contoso.com', ' Assistant', 'n/a'])(
    'does not approve itself, nor its principal, as %o',
    async (id) => {
      const policy: AskDecision = ({ isPrincipalAlone }) =>
        isPrincipalAlone ? 'deny' : { outcome: 'allow', approver: { id } }
      expect(await outcome(() => decide(policy, { ...CALL, alsoFor: 'principal' }, ran))).toEqual(
        expect.stringContaining('the principal may not do this'),
      )
    },
  )
  it('does not bring an agent into the question about the principal alone', async () => {
    const contexts: unknown[] = []
    const pdp: typeof fetch = (_, init) => {
      contexts.push((JSON.parse(init?.body as string) as { context: unknown }).context)
      return Promise.resolve(new Response('{"decision":true}'))
    }
    const facts = { agent: 'root', correlation_id: 'x', ticket: 7 }
    const point = authzen({ url: 'http://pdp.example', fetch: pdp })
    expect(await outcome(() => decide(point, { ...CALL, alsoFor: 'principal', facts }, ran))).toBe('ran')
    expect(contexts[0]).toMatchObject({ agent: 'assistant', ticket: 7 })
    expect(contexts[1]).not.toHaveProperty('agent')
    expect(contexts[1]).not.toMatchObject({ correlation_id: 'x' })
  })
})

describe('a call that cannot be read', () => {
  const unreadable = (): never => {
    throw new Error('hostile')
  }
  it.each<[string, object]>([
    ['a resource', Object.defineProperty({ action: 'refund' }, 'resource', { get: unreadable })],
    ['the id of a resource', { action: 'refund', resource: Object.defineProperty({}, 'id', { get: unreadable }) }],
    ['anything', new Proxy({}, { get: unreadable })],
  ])('in %s leaves a span of its refusal', async (_, call) => {
    expect(await outcome(() => guard({ call: call as never }, ran))).toEqual(REFUSED)
    expect(traced.spans().map(({ attributes }) => attributes['attribution.outcome'])).toEqual(['denied'])
  })
  it('is not one with properties that its hash would not cover', async () => {
    const hidden = Object.create(Object.assign(Object.create(null) as object, { amount: 1_000 })) as object
    expect(await outcome(() => guard({ call: { action: 'refund', arguments: hidden } }, ran))).toEqual(REFUSED)
  })
  it('does not fill the span with a resource of any length', async () => {
    await outcome(() => decide(() => 'deny', { action: 'refund', resource: 'r'.repeat(100_000) }, ran))
    expect(String(traced.spans()[0]?.attributes['attribution.resource.id'])).toHaveLength(1_024)
  })
})

describe('work that its user no longer waits for', () => {
  it('asks for nobody, and not as if that were asserted', async () => {
    const asked: unknown[] = []
    let late: Promise<unknown> = Promise.resolve()
    const point: AskDecision = ({ principal, assurance }) => {
      asked.push(principal, assurance)
      return principal !== undefined
    }
    await outcome(async () => {
      late = new Promise((resolve) => setTimeout(resolve, 5)).then(() => decide(point, CALL, ran))
      await Promise.resolve()
    })
    await expect(late).rejects.toThrow(AttributionError)
    expect(asked).toEqual([undefined, undefined])
  })
})

describe('a decision point', () => {
  it('that contradicts itself allows nothing', async () => {
    const point = opa({
      url: 'http://opa.example',
      path: 'a',
      fetch: answering({ result: { allow: false, outcome: 'allow' } }),
    })
    expect(await outcome(() => decide(point, CALL, ran))).toEqual(expect.stringContaining('nonsense'))
  })
  it('cannot be given a time that no timer waits', () => {
    expect(() => opa({ url: 'http://opa.example', path: 'a', timeoutMs: 1e10 })).toThrow('at most')
  })
  it('that throws what cannot be read was not evaluated', async () => {
    const thrown = Object.defineProperty(new Error('x'), 'constructor', { value: undefined })
    const broken: AskDecision = () => {
      throw thrown
    }
    expect(await outcome(() => decide(broken, { ...CALL, onUnavailable: 'allow' }, ran))).toBe('ran')
    expect(await outcome(() => decide(broken, CALL, ran))).toEqual(expect.stringContaining('could not be read'))
  })
})

describe('what other code put on the prototype of every object', () => {
  const prototype = Object.prototype as unknown as Record<string, unknown>
  const KEYS = ['decision', 'allow', 'outcome', 'enforce', 'onUnavailable', 'result', 'unevaluated', 'uses', 'binding']
  it.each(
    KEYS.map((key) => [
      key,
      { decision: true, allow: true, outcome: 'allow', enforce: false, result: true }[key] ?? 'allow',
    ]),
  )('%s allows nothing', async (key, value) => {
    const remote = { url: 'http://pdp.example', path: 'a' }
    const tries = [
      () => decide(authzen({ ...remote, fetch: answering({}) }), CALL, ran),
      () => decide(opa({ ...remote, fetch: answering({}) }), CALL, ran),
      () => decide(opa({ ...remote, fetch: answering({ result: {} }) }), CALL, ran),
      () => decide(() => 'escalate', CALL, ran),
      () => guard({ decision: true }, ran),
      () => action('refund', { decision: { outcome: 'deny' } }, ran),
    ]
    const outcomes: unknown[] = []
    prototype[key as string] = value
    try {
      for (const one of tries) outcomes.push(await outcome(one))
    } finally {
      delete prototype[key as string]
    }
    expect(outcomes).toEqual(tries.map(() => REFUSED))
  })
  it('approves no escalation', async () => {
    prototype['approver'] = { id: 'lea@contoso.com' }
    let said: unknown
    try {
      said = await outcome(() => decide(() => 'escalate', CALL, ran))
    } finally {
      delete prototype['approver']
    }
    expect(said).toEqual(REFUSED)
  })
})
