import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { AttributionSpanExporter, AttributionSpanProcessor, carry, onBehalfOf, resume } from '../../src/index.ts'
import { currentAttribution } from '../../src/index.ts'
import { AttributionConfigError } from '../../src/policy/config-error.ts'
import { useCarriers } from '../../src/runtime/crossing/signed-carrier.ts'
import { audiencesIn, optionNamed, serviceNamed } from '../../src/setup/carrier-config.ts'
import { resolveConfig } from '../../src/setup/config.ts'
import { newPair } from '../trust/carriers/sample-keys.ts'

const PAIR = newPair('k-1')
const KEY = JSON.stringify(PAIR.privateJwk)
const folder = mkdtempSync(join(tmpdir(), 'onbehalf-carrier-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => useCarriers(resolveConfig({}, { env: {} }).carriers))

function problems(options: unknown, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    resolveConfig(options, { env, also: ['serviceName'] })
    return []
  } catch (error) {
    if (!(error instanceof AttributionConfigError)) throw error
    return error.problems
  }
}

describe('signing', () => {
  it('is off unless a key is given', () => {
    expect(resolveConfig({}, { env: {} }).carriers.signing).toBeUndefined()
  })
  it('takes all of it from variables', () => {
    const env = {
      ONBEHALF_SIGNING_KEY: KEY,
      ONBEHALF_SIGNING_KID: 'other',
      ONBEHALF_SIGNING_ISSUER: 'orders',
      ONBEHALF_SIGNING_AUDIENCES: 'Mail.internal = mail , 10.0.0.7=pay',
    }
    const { signing } = resolveConfig({}, { env }).carriers
    expect(signing).toMatchObject({ issuer: 'orders', key: { kid: 'other', algorithm: 'Ed25519' } })
    expect([...(signing?.audiences ?? [])]).toEqual([
      ['mail.internal', 'mail'],
      ['10.0.0.7', 'pay'],
    ])
  })
  it('takes from variables what the option leaves open', () => {
    const env = { ONBEHALF_SIGNING_ISSUER: 'orders', ONBEHALF_SIGNING_KID: 'other' }
    const { signing } = resolveConfig({ signing: { key: PAIR.privateJwk, kid: 'own' } }, { env }).carriers
    expect(signing).toMatchObject({ issuer: 'orders', key: { kid: 'own' } })
  })
  it.each<[string, unknown, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'a public key',
      { signing: { key: PAIR.publicJwk } },
      {},
      ['option signing.key: is a public key; a private one is needed'],
    ],
    ['no key', { signing: { issuer: 'a' } }, {}, ['option signing.key: is missing']],
    ['a key that is none', { signing: { key: 7 } }, {}, ['option signing.key: has to be a path, a JWK or a PEM']],
    [
      'unknown keys and blank names',
      { signing: { key: PAIR.privateJwk, issuer: ' ', keyId: 'x' } },
      {},
      [
        'option signing.issuer: is empty',
        'option signing.keyId: is unknown; signing takes key, kid, issuer, audiences',
      ],
    ],
    ['nothing like it', { signing: 'key.json' }, {}, ['option signing: has to be { key, kid?, issuer?, audiences? }']],
    [
      'no file',
      {},
      { ONBEHALF_SIGNING_KEY: '/none.json' },
      ['ONBEHALF_SIGNING_KEY: cannot be read: there is no such file'],
    ],
    [
      'variables without a key',
      {},
      { ONBEHALF_SIGNING_ISSUER: 'a', ONBEHALF_SIGNING_AUDIENCES: 'b=c' },
      [
        'ONBEHALF_SIGNING_ISSUER: has no effect without ONBEHALF_SIGNING_KEY',
        'ONBEHALF_SIGNING_AUDIENCES: has no effect without ONBEHALF_SIGNING_KEY',
      ],
    ],
    [
      'a host without a name',
      {},
      { ONBEHALF_SIGNING_KEY: KEY, ONBEHALF_SIGNING_AUDIENCES: 'mail' },
      ['ONBEHALF_SIGNING_AUDIENCES: mail: is empty'],
    ],
    [
      'a misspelled variable',
      {},
      { ONBEHALF_SIGNING_KYE: KEY },
      ['variable ONBEHALF_SIGNING_KYE: is unknown; did you mean ONBEHALF_SIGNING_KEY?'],
    ],
  ])('refuses %s', (_, options, env, expected) => {
    const said = problems(options, env)
    expect(said).toEqual(expected)
    expect(said.join()).not.toContain(PAIR.privateJwk.d)
  })
})

describe('who is admitted', () => {
  it('has keys that can be read at the start, each of which is named otherwise', () => {
    writeFileSync(join(folder, 'private.json'), KEY)
    const admit = [
      { signer: 'a', jwks: join(folder, 'none.json'), as: 'asserted' },
      { signer: 'b', jwks: join(folder, 'private.json'), as: 'asserted' },
      { signer: 'c', jwks: { keys: [{ kty: 'RSA' }] }, as: 'verified' },
    ]
    expect(problems({ policy: { boundary: { admit } } })).toEqual([
      'policy boundary.admit[0].jwks: cannot be read: there is no such file',
      'policy boundary.admit[1].jwks: holds a private key; list public ones',
      'policy boundary.admit[2].jwks: holds no Ed25519 or P-256 key that signs',
    ])
  })
  it('counts for a processor alone too, which leaves what attribution() set up where it says nothing of it', () => {
    useCarriers(resolveConfig({ signing: { key: PAIR.privateJwk, issuer: 'a' } }, { env: {} }).carriers)
    const exporter = { export: () => {}, shutdown: () => Promise.resolve() }
    expect(new AttributionSpanExporter(exporter)).toBeDefined()
    const carrier = onBehalfOf({ principal: 'kai' }, () => carry())
    expect(Object.keys(carrier)).toEqual(['attribution'])
    const admit = [{ signer: 'a', jwks: { keys: [PAIR.publicJwk] }, as: 'asserted' }] as const
    expect(new AttributionSpanProcessor({ policy: { boundary: { admit } } })).toBeDefined()
    const brought = resume(carrier, currentAttribution, { span: false })
    expect(brought?.principal).toEqual({ id: 'kai' })
    const forged = { attribution: carrier['attribution']?.replace(/.{10}$/u, 'A'.repeat(10)) as string }
    expect(resume(forged, currentAttribution, { span: false })).toBeUndefined()
  })
})

describe('the name of this service', () => {
  it.each([
    [{ serviceName: 'option' }, { OTEL_SERVICE_NAME: 'variable' }, 'option'],
    [{}, { OTEL_SERVICE_NAME: 'variable', OTEL_RESOURCE_ATTRIBUTES: 'service.name=resource' }, 'variable'],
    [{}, { OTEL_RESOURCE_ATTRIBUTES: 'a=b, service.name=resource' }, 'resource'],
    [{ serviceName: ' ' }, { OTEL_SERVICE_NAME: '' }, undefined],
    [undefined, {}, undefined],
  ])('of %o and %o is %s', (options, env, name) => {
    expect(serviceNamed(options, env)).toBe(name)
  })
  it('is not read from options that throw', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('get')
        },
      },
    )
    expect([optionNamed(hostile, 'serviceName'), optionNamed(7, 'a'), optionNamed({ a: 1 }, 'a')]).toEqual([
      undefined,
      undefined,
      1,
    ])
  })
})

describe('audiences in a variable', () => {
  it('are hosts and names; one without a name has an empty one, which is refused', () => {
    expect(audiencesIn('a=b, c = d=e ,f,')).toEqual({ a: 'b', c: 'd=e', f: '' })
  })
})
