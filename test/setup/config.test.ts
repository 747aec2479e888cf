import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AttributionConfigError } from '../../src/policy/config-error.ts'
import { resolveConfig } from '../../src/setup/config.ts'

let directory: string
const path = (name: string) => join(directory, name)
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-config-'))
  writeFileSync(path('strict.yaml'), 'profile: strict\n')
  writeFileSync(path('wrong.yaml'), 'profile: stritc\nrequire:\n  effect: [decison]\n')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function problems(options: unknown, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    resolveConfig(options, { env })
    return []
  } catch (error) {
    if (!(error instanceof AttributionConfigError)) throw error
    return error.problems
  }
}

describe('the configuration', () => {
  it('has a default for everything', () => {
    const { policy, findingAttributes, fillStandard, baggageHosts } = resolveConfig({}, { env: {} })
    expect({ profile: policy.profile, findingAttributes, fillStandard, baggageHosts }).toEqual({
      profile: 'standard',
      findingAttributes: false,
      fillStandard: false,
      baggageHosts: undefined,
    })
  })
  it('is read from the environment', () => {
    const { policy, findingAttributes, fillStandard, baggageHosts } = resolveConfig(
      {},
      {
        env: {
          ONBEHALF_POLICY: path('strict.yaml'),
          ONBEHALF_FINDING_ATTRIBUTES: 'true',
          ONBEHALF_FILL_STANDARD: '1',
          ONBEHALF_BAGGAGE_HOSTS: ' mail.internal, *.contoso.com ',
        },
      },
    )
    expect({ profile: policy.profile, findingAttributes, fillStandard, baggageHosts }).toEqual({
      profile: 'strict',
      findingAttributes: true,
      fillStandard: true,
      baggageHosts: ['mail.internal', '*.contoso.com'],
    })
  })
  it('admits baggage and sends none where the hosts are none', () => {
    expect(resolveConfig({}, { env: { ONBEHALF_BAGGAGE_HOSTS: 'none' } }).baggageHosts).toEqual([])
  })
  it('takes addresses as hosts, and neither ports nor schemes', () => {
    const hosts = ['127.0.0.1', '::1', '[fe80::1]']
    expect(resolveConfig({ baggage: { hosts } }, { env: {} }).baggageHosts).toEqual(hosts)
    for (const host of ['[::1]:443', 'mail.internal:443', 'https://mail.internal', '[mail.internal]', 'a,b', '*']) {
      expect(() => resolveConfig({ baggage: { hosts: [host] } }, { env: {} })).toThrow('baggage')
    }
  })
  it('takes a blank variable for none', () => {
    expect(problems({}, { ONBEHALF_POLICY: ' ', ONBEHALF_PROFILE: '' })).toEqual([])
  })
  it('takes options before variables, and those before the policy file', () => {
    const env = { ONBEHALF_POLICY: path('strict.yaml'), ONBEHALF_PROFILE: 'observe' }
    expect(resolveConfig({}, { env }).policy.profile).toBe('observe')
    expect(resolveConfig({ profile: 'standard' }, { env }).policy.profile).toBe('standard')
  })
  it('takes a policy as an object, a function of aliases included', () => {
    const aliases = (id: string) => (id === 'kai@old.example' ? 'kai@contoso.com' : id)
    const { policy } = resolveConfig({ policy: { profile: 'strict', aliases } }, { env: {} })
    expect(policy.profile).toBe('strict')
    expect(policy.alias('kai@old.example')).toBe('kai@contoso.com')
  })
  it('that is wrong names every bad field at once, of options, variables and policy file', () => {
    expect(
      problems(
        { policy: path('wrong.yaml'), profil: 'strict', findingAttributes: 'yes', baggage: { hosts: ['http://x'] } },
        { ONBEHALF_FILL_STANDARD: 'maybe', ONBEHALF_PROFIL: 'strict', ONBEHALF_PROFILE: 'lax' },
      ).map((problem) => problem.replace(directory, '')),
    ).toEqual([
      'ONBEHALF_PROFILE: has to be one of observe, standard, strict',
      'ONBEHALF_FILL_STANDARD: has to be true or false',
      'variable ONBEHALF_PROFIL: is unknown; did you mean ONBEHALF_PROFILE?',
      'option profil: is unknown; did you mean profile?',
      'option findingAttributes: has to be true or false',
      expect.stringContaining('option baggage.hosts.0: has to be a host name'),
      expect.stringMatching(/^policy file \/wrong\.yaml:1 profile: unknown profile "stritc"; did you mean strict\?$/u),
      expect.stringMatching(
        /^policy file \/wrong\.yaml:3 require\.effect\[0\]: unknown requirement "decison"; did you mean decision\?$/u,
      ),
    ])
  })
  it.each([
    ['a policy file that is missing', { policy: '/nowhere/policy.yaml' }, 'cannot be read (ENOENT)'],
    ['a policy object that is wrong', { policy: { profile: 'lax' } }, 'option policy profile: unknown profile "lax"'],
    ['baggage without hosts', { baggage: true }, 'the hosts that facets may go to have to be listed'],
    ['options that are none', 7, 'options: has to be an object'],
  ])('refuses %s', (_, options, reason) => {
    expect(problems(options).join('\n')).toContain(reason)
  })
  it('leaves variables alone that are no mistake of ours', () => {
    expect(problems({}, { ONBEHALF_DEMO_SCENARIO: 'right', ONBEHALF_DATA: '/data' })).toEqual([])
  })
  it('says all of it in one error with a code', () => {
    const wrong = () => resolveConfig({ profile: 'lax', fillStandard: 7 }, { env: {} })
    expect(wrong).toThrow(AttributionConfigError)
    expect(wrong).toThrow(/option profile: .*\n.*option fillStandard: /su)
    expect(wrong).toThrow(expect.objectContaining({ code: 'ERR_ATTRIBUTION_CONFIG' }))
  })
})
