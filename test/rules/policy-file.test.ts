import { describe, expect, it } from 'vitest'
import { createPolicy } from '../../src/rules/policy.ts'
import { formatPolicyErrors, parsePolicy } from '../../src/rules/policy-file.ts'

const WRONG = `profile: stritc
require:
  efect: [decision]
  effect: [decison, correlation]
assurance:
  principal: certain
severities:
  missing_intent: hihg
rules:
  - tool: 7
    allow: [principal_is_actr]
  - require: [decision]
  - agent: nightly-*
    autonomous: { owner: ops }
aliases:
  kai: 5
chain:
  max_depth: 0
colour: red
`

describe('a policy file', () => {
  it('that is wrong in twelve places yields twelve errors, each with path and line', () => {
    const parsed = parsePolicy(WRONG, 'policy.yaml')
    const lines = parsed.ok ? [] : formatPolicyErrors('policy.yaml', parsed.errors)
    expect(lines).toEqual([
      'policy.yaml:1: profile: "stritc" is no profile; did you mean strict?',
      'policy.yaml:3: require.efect: "efect" is no key; did you mean effect?',
      'policy.yaml:4: require.effect[0]: "decison" is no requirement; did you mean decision?',
      'policy.yaml:6: assurance.principal: "certain" is no assurance; known are verified, asserted, claimed, inferred',
      'policy.yaml:8: severities.missing_intent: "hihg" is no severity; did you mean high?',
      'policy.yaml:10: rules[0].tool: tool has to be text, not 7',
      'policy.yaml:11: rules[0].allow[0]: "principal_is_actr" is no finding code; did you mean principal_is_actor?',
      'policy.yaml:12: rules[1]: a rule names the tools or agents that it is for: tool or agent, with * for any run of characters',
      'policy.yaml:14: rules[2].autonomous.trigger: "trigger" is missing',
      'policy.yaml:16: aliases: aliases has to map other names to the id that they stand for',
      'policy.yaml:18: chain.max_depth: max_depth has to be at least 1',
      'policy.yaml:19: colour: "colour" is no key; known are profile, require, assurance, severities, rules, aliases, chain',
    ])
  })

  it('that is right says what it says', () => {
    const text = 'profile: strict\nrules:\n  - tool: pay*\n    require: [authority]\n    allow: [actor_is_context]\n'
    const parsed = parsePolicy(text, 'policy.yaml')
    expect(parsed).toEqual({
      ok: true,
      options: { profile: 'strict', rules: [{ tool: 'pay*', require: ['authority'], allow: ['actor_is_context'] }] },
    })
    const policy = createPolicy(parsed.ok ? parsed.options : {})
    expect(policy.rules[0]?.matches({ tool: 'payOut', agents: [] })).toBe(true)
    expect(policy.rules[0]?.matches({ tool: 'repay', agents: [] })).toBe(false)
  })

  it('may be JSON', () => {
    expect(parsePolicy('{ "profile": "observe" }', 'policy.json')).toEqual({
      ok: true,
      options: { profile: 'observe' },
    })
  })

  it('that is empty is the default policy', () => {
    expect(parsePolicy('', 'policy.yaml')).toEqual({ ok: true, options: {} })
  })

  it('with broken syntax names the line', () => {
    const parsed = parsePolicy('profile: strict\nrules: [\n', 'policy.yaml')
    expect(parsed.ok ? [] : parsed.errors.map(({ line }) => line)).toEqual([3])
  })

  it('with a key given twice names the line', () => {
    const parsed = parsePolicy('profile: strict\nprofile: observe\n', 'policy.yaml')
    expect(parsed.ok ? [] : parsed.errors.map(({ line }) => line)).toEqual([2])
  })

  it('cannot reach the prototype of anything', () => {
    const parsed = parsePolicy('__proto__:\n  profile: strict\n', 'policy.yaml')
    expect(parsed.ok).toBe(false)
    expect(({} as { profile?: string }).profile).toBeUndefined()
  })

  it('whose aliases multiply without end is refused', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...['b', 'c', 'd'].map((name, index) => {
        const last = 'abc'[index]
        return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${last}`).join(', ')}]`
      }),
    ].join('\n')
    expect(parsePolicy(bomb, 'policy.yaml').ok).toBe(false)
  })
})

describe('what a policy file settles', () => {
  it('has a digest that depends on what is said and not on the order', () => {
    const digest = (text: string) => {
      const parsed = parsePolicy(text, 'policy.yaml')
      return createPolicy(parsed.ok ? parsed.options : {}).digest
    }
    expect(digest('profile: strict\nchain: { max_depth: 4 }')).toBe(digest('chain: { max_depth: 4 }\nprofile: strict'))
    expect(digest('profile: strict')).not.toBe(digest('profile: observe'))
  })

  it('with the profile observe has no severity above medium', () => {
    const severities = new Set(Object.values(createPolicy({ profile: 'observe' }).severities))
    expect([...severities].toSorted()).toEqual(['medium'])
  })
})
