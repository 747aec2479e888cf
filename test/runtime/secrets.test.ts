import { context, diag, DiagLogLevel, propagation } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  action,
  asAgent,
  carry,
  currentAttribution,
  decided,
  declareAutonomous,
  onBehalfOf,
  resume,
  via,
} from '../../src/index.ts'
import { fingerprint } from '../../src/base/secret.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

let traced: Traced
let said: string[] = []
let made = 0

/** Another one each time: a secret that comes again soon counts once. */
const token = () => `ghp_${String((made += 1)).padStart(6, '0')}abcdefghijKLMNOPQRST0123456789`

beforeEach(() => {
  traced = tracing()
  said = []
  newFaults()
  const say = (...words: unknown[]) => void said.push(words.join(' '))
  diag.setLogger({ error: say, warn: say, info: say, debug: say, verbose: say }, DiagLogLevel.ALL)
})
afterEach(() => {
  diag.disable()
  silence()
})

/** Everything on all spans that ended, and all that was logged. */
const everything = () =>
  JSON.stringify([traced.spans().map(({ attributes, events, name }) => ({ attributes, events, name })), said])
const agent = (attributes = {}) => inSpan(traced.tracer, 'agent', { attributes: { ...AGENT, ...attributes } }, () => {})
const kai = <T>(work: () => T) => onBehalfOf({ principal: 'kai', intent: 'work' }, work)

const BOUND: readonly (readonly [string, (secret: string, work: () => void) => unknown])[] = [
  ['a principal', (secret, work) => onBehalfOf({ principal: secret }, work)],
  ['an issuer', (secret, work) => onBehalfOf({ principal: { id: 'kai', issuer: secret } }, work)],
  [
    'an intent in words',
    (secret, work) => onBehalfOf({ principal: 'kai', intent: `log in with ${secret} and go on` }, work),
  ],
  ['the id of an intent', (secret, work) => onBehalfOf({ principal: 'kai', intent: { id: secret } }, work)],
  ['a purpose', (secret, work) => onBehalfOf({ principal: 'kai', intent: { id: 'i', purpose: secret } }, work)],
  ['an authority', (secret, work) => onBehalfOf({ principal: 'kai', authority: { id: secret } }, work)],
  ['a scope', (secret, work) => onBehalfOf({ principal: 'kai', authority: { id: 'a', scopes: [secret] } }, work)],
  ['a correlation id', (secret, work) => onBehalfOf({ principal: 'kai', correlationId: secret }, work)],
  ['an actor', (secret, work) => asAgent({ id: 'a', name: secret }, work)],
  ['a context', (secret, work) => kai(() => via(secret, work))],
  ['a target', (secret, work) => kai(() => via({ id: 'crm', target: secret }, work))],
  ['a credential', (secret, work) => kai(() => via({ id: 'crm', credential: { id: secret } }, work))],
  ['a subject', (secret, work) => kai(() => via({ id: 'crm', credential: { id: 'k', subject: secret } }, work))],
  ['a policy', (secret, work) => decided({ outcome: 'allow', policy: { id: secret } }, work)],
  ['an approver', (secret, work) => decided({ outcome: 'allow', approver: { id: secret } }, work)],
  ['a trigger', (secret, work) => declareAutonomous({ owner: 'ops', trigger: secret }, work)],
]

describe('a secret bound as', () => {
  it.each(BOUND)('%s stands on spans as its fingerprint, and counts a fault once', (_, bind) => {
    const secret = token()
    bind(secret, () => inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {}))
    expect(everything()).not.toContain(secret)
    expect(everything()).toContain(fingerprint(secret))
    expect(newFaults()).toEqual(['redaction'])
  })

  it('the resource of an action does so too', async () => {
    const secret = token()
    await kai(() =>
      action('read', { context: 'crm', resource: `https://crm/doc?id=7&access_token=${secret}` }, () => {}),
    )
    expect(everything()).not.toContain(secret)
    expect(traced.spans()[0]?.attributes['attribution.resource.id']).toBe(
      `https://crm/doc?id=7&access_token=${fingerprint(secret)}`,
    )
    expect(newFaults()).toEqual(['redaction'])
  })

  it('a credential longer than an id is a credential too', () => {
    const jwt = `eyJhbGciOiJSUzI1NiJ9.${'eyJzdWIiOiJrYWkifQ'.repeat(90)}.c2lnbmF0dXJl`
    via({ id: 'crm', credential: { id: jwt } }, () => agent())
    expect(traced.spans()[0]?.attributes['attribution.context.credential.id']).toBe(fingerprint(jwt))
    expect(everything()).not.toContain(jwt.slice(0, 40))
  })

  it('anything is not carried, nor told by currentAttribution', () => {
    const secret = token()
    onBehalfOf({ principal: 'kai', intent: secret, correlationId: 'c' }, () => {
      expect(JSON.stringify([carry(), currentAttribution()])).not.toContain(secret)
    })
    expect(JSON.stringify(propagation.getBaggage(context.active()) ?? {})).not.toContain(secret)
  })

  it('the facets of a carrier is kept as little', () => {
    const secret = token()
    resume({ 'attribution.principal.id': secret }, () => agent(), { span: false })
    expect(everything()).not.toContain(secret)
    expect(newFaults()).toEqual(['redaction'])
  })
})

describe('a secret that a span states', () => {
  it.each([
    'attribution.context.credential.id',
    'attribution.context.id',
    'attribution.principal.id',
    'attribution.authority.id',
    'attribution.resource.id',
    'attribution.intent.summary',
  ])('as %s, at its start or later, gives way to its fingerprint', (key) => {
    const [first, second] = [token(), token()]
    agent({ [key]: first })
    inSpan(traced.tracer, 'later', { attributes: AGENT }, (span) => span.setAttribute(key, second))
    expect(traced.spans().map(({ attributes }) => attributes[key])).toEqual([fingerprint(first), fingerprint(second)])
    expect(traced.one('agent').findings).not.toContain('attribution_rewritten')
    expect(traced.one('later').findings).not.toContain('attribution_rewritten')
    expect(newFaults().filter((where) => where !== 'redaction')).toEqual([])
  })

  it('in a dialect reaches none of our attributes, and the dialect’s own stays as the app wrote it', () => {
    const secret = token()
    agent({ 'user.id': secret })
    expect(traced.one('agent').principal).toBe(fingerprint(secret))
    expect(traced.spans()[0]?.attributes['user.id']).toBe(secret)
    expect(newFaults()).toEqual(['redaction'])
  })

  it('and that another binding names is the same one: fingerprints are equal', () => {
    const secret = token()
    via({ id: 'crm', credential: { id: secret } }, () => agent({ 'attribution.context.credential.id': secret }))
    expect(traced.one('agent').findings).not.toContain('conflicting_identity')
  })
})

it('tells nothing of a secret in a complaint', () => {
  const secret = token()
  onBehalfOf({ principal: { id: secret.repeat(60), type: secret as never } }, () => agent())
  expect(everything()).not.toContain(secret)
})
