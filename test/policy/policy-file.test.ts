import { describe, expect, it } from 'vitest'
import { createPolicy } from '../../src/policy/policy.ts'
import { formatPolicyErrors, parsePolicy } from '../../src/policy/policy-file.ts'

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
facts:
  user: app.user
  agent: [app.name, ' ']
  tool: [app.name]
  conversation: [attribution.correlation.id]
chain:
  max_depth: 0
colour: red
`

describe('a policy file', () => {
  it('that is wrong in many places yields an error for each, each with path and line', () => {
    const parsed = parsePolicy(WRONG)
    const lines = parsed.ok ? [] : formatPolicyErrors('policy.yaml', parsed.errors)
    expect(lines).toEqual([
      'policy.yaml:1: profile: unknown profile "stritc"; did you mean strict?',
      'policy.yaml:3: require.efect: unknown key "efect"; did you mean effect?',
      'policy.yaml:4: require.effect[0]: unknown requirement "decison"; did you mean decision?',
      'policy.yaml:6: assurance.principal: unknown assurance "certain"; known are verified, asserted, claimed, inferred',
      'policy.yaml:8: severities.missing_intent: unknown severity "hihg"; did you mean high?',
      'policy.yaml:10: rules[0].tool: tool has to be text, not 7',
      'policy.yaml:11: rules[0].allow[0]: unknown finding code "principal_is_actr"; did you mean principal_is_actor?',
      'policy.yaml:12: rules[1]: a rule names the tools or agents that it is for: tool or agent, with * for any run of characters',
      'policy.yaml:14: rules[2].autonomous.trigger: "trigger" is missing',
      'policy.yaml:16: aliases.kai: an alias has to be text, not 5',
      'policy.yaml:18: facts.user: user has to be a list, not "app.user"',
      'policy.yaml:18: facts: "app.name" is given twice: a key names one fact',
      'policy.yaml:19: facts.agent[1]: a key is empty',
      'policy.yaml:21: facts.conversation[0]: attribution.* already says what it names',
      'policy.yaml:23: chain.max_depth: max_depth has to be at least 1',
      'policy.yaml:24: colour: unknown key "colour"; known are profile, require, four_eyes, assurance, severities, rules, aliases, facts, issuers, boundary, chain',
    ])
  })

  it('with more than one unknown key in a mapping names each, and what is missing as well', () => {
    expect(errorsOf('colour: red\nprofil: strict\nrules:\n  - { requires: [], alow: [], require: 5 }\n')).toEqual([
      'p:1: colour: unknown key "colour"; known are profile, require, four_eyes, assurance, severities, rules, aliases, facts, issuers, boundary, chain',
      'p:2: profil: unknown key "profil"; did you mean profile?',
      'p:4: rules[0].require: require has to be a list, not 5',
      'p:4: rules[0].requires: unknown key "requires"; did you mean require?',
      'p:4: rules[0].alow: unknown key "alow"; did you mean allow?',
      'p:4: rules[0]: a rule names the tools or agents that it is for: tool or agent, with * for any run of characters',
    ])
  })

  it.each([
    ['a mistake a line', Array.from({ length: 5_000 }, (_, index) => `k${index}: 1\n`).join(''), 5_000],
    ['no key that is known', `rules:\n${'  - {}\n'.repeat(5_000)}`, 5_000],
    ['nothing but quotes', '"\n'.repeat(10_000), 4_999],
    ['nothing but brackets', ']\n'.repeat(5_000), 5_000],
  ])('of %s has the first 100 errors, and how many more there are from which line on', (_, text, all) => {
    const start = performance.now()
    const errors = errorsOf(text)
    expect(performance.now() - start).toBeLessThan(5_000)
    expect(errors).toHaveLength(101)
    expect(errors.at(-1)).toMatch(
      new RegExp(`^p:\\d+: ${all - 100} more errors from here on: fix those above first$`, 'u'),
    )
  })

  it('with an alias that leads nowhere, or too many of them, names the line', () => {
    expect(errorsOf('profile: strict\nrules:\n  - { tool: &t a }\n  - { tool: *u }\n')).toEqual([
      'p:4: Unresolved alias (the anchor must be set before the alias): u',
    ])
    const ten = (name: string) => Array.from({ length: 10 }, () => `*${name}`).join(', ')
    const bomb = `a: &a [${'x, '.repeat(10)}]\nb: &b [${ten('a')}]\nc: &c [${ten('b')}]\nd: [${ten('c')}]\n`
    expect(errorsOf(bomb)).toEqual(['p:2: Excessive alias count indicates a resource exhaustion attack'])
  })

  it('of more than 16 million characters is refused', () => {
    expect(errorsOf(' '.repeat(2 ** 24 + 1))).toEqual([
      'p:1: a policy file holds at most 16777216 characters, not 16777217',
    ])
  })

  it('that is right says what it says', () => {
    const text = 'profile: strict\nrules:\n  - tool: pay*\n    require: [authority]\n    allow: [actor_is_context]\n'
    const parsed = parsePolicy(text)
    expect(parsed).toEqual({
      ok: true,
      options: { profile: 'strict', rules: [{ tool: 'pay*', require: ['authority'], allow: ['actor_is_context'] }] },
    })
    const policy = createPolicy(parsed.ok ? parsed.options : {})
    expect(policy.rules[0]?.matches({ tool: 'payOut', agents: [] })).toBe(true)
    expect(policy.rules[0]?.matches({ tool: 'repay', agents: [] })).toBe(false)
  })

  it('may be JSON', () => {
    expect(parsePolicy('{ "profile": "observe" }')).toEqual({
      ok: true,
      options: { profile: 'observe' },
    })
  })

  it('that is empty is the default policy', () => {
    expect(parsePolicy('')).toEqual({ ok: true, options: {} })
  })

  it('with broken syntax names the line', () => {
    const parsed = parsePolicy('profile: strict\nrules: [\n')
    expect(parsed.ok ? [] : parsed.errors.map(({ line }) => line)).toEqual([3])
  })

  const errorsOf = (text: string) => {
    const parsed = parsePolicy(text)
    return parsed.ok ? [] : formatPolicyErrors('p', parsed.errors)
  }

  it('with keys given twice names them, with the other mistakes', () => {
    expect(errorsOf('profile: strict\nrequire:\n  tool: [decision]\n  tool: [decison]\nprofile: observe\n')).toEqual([
      'p:4: require.tool: "tool" is given twice',
      'p:4: require.tool[0]: unknown requirement "decison"; did you mean decision?',
      'p:5: profile: "profile" is given twice',
    ])
    expect(errorsOf('{ "profile": "strict",\n  "profile": "observe" }')).toEqual([
      'p:2: profile: "profile" is given twice',
    ])
  })

  it('with signers that cannot be admitted says what is wrong with each', () => {
    const signers = [
      'signer: orders, jwks: orders.json, as: claimed',
      'signer: " ", jwks: http://orders.internal/jwks, as: asserted',
      'signer: mail, as: verified, facets: [context]',
      'signer: shop, jwks: { keys: [] }, as: verified, audience: 7, until: 2030',
      'signer: paid, jwks: { keys: [{ kty: OKP, d: x }] }, as: verified',
    ]
    const list = signers.map((signer) => `    - { ${signer} }\n`).join('')
    expect(errorsOf(`boundary:\n  admit:\n${list}  replay: { max: 0 }\n`)).toEqual([
      'p:3: boundary.admit[0].as: unknown assurance "claimed"; known are asserted, verified',
      'p:4: boundary.admit[1].signer: signer is empty',
      'p:4: boundary.admit[1].jwks: jwks has to be an https: URL: whoever is on the way could replace the keys',
      'p:5: boundary.admit[2].jwks: "jwks" is missing',
      'p:5: boundary.admit[2].facets[0]: unknown facet "context"; did you mean intent?',
      'p:6: boundary.admit[3].jwks: jwks has to have keys: a list of at least one public JWK',
      'p:6: boundary.admit[3].audience: audience has to be text, or a list of texts',
      'p:6: boundary.admit[3].until: unknown key "until"; known are signer, jwks, as, facets, audience',
      'p:7: boundary.admit[4].jwks: jwks.keys[0] is a private or secret key; keep only its public members',
      'p:8: boundary.replay.max: max has to be at least 1',
    ])
    const twice = '{ signer: a, jwks: a.json, as: asserted }'
    expect(errorsOf(`boundary:\n  admit: [${twice}, ${twice}]\n`)).toEqual([
      'p:2: boundary.admit: "a" is given twice: list all its keys in one place',
    ])
  })

  it('may give one key to two mappings', () => {
    expect(errorsOf('rules:\n  - { tool: a }\n  - { tool: b }\nrequire: { tool: [decision] }\n')).toEqual([])
  })

  it('that isn’t a mapping, or is more than one document, says so', () => {
    expect(errorsOf('- profile: strict\n')).toEqual(['p:1: a policy has to be a mapping, not a list'])
    expect(errorsOf('strict')).toEqual(['p:1: a policy has to be a mapping, not "strict"'])
    expect(errorsOf('profile: strict\n---\nprofile: observe\n')).toEqual(['p:2: a policy file holds one document'])
  })

  it('with sections of the wrong form or without content names each', () => {
    expect(
      errorsOf('rules:\nrequire: [decision]\naliases: [kai]\nchain: 8\nassurance:\n  - principal\nseverities: low\n'),
    ).toEqual([
      'p:1: rules: rules has to be a list, not nothing',
      'p:2: require: require has to be a mapping, not a list',
      'p:3: aliases: aliases has to be a mapping, not a list',
      'p:4: chain: chain has to be a mapping, not 8',
      'p:6: assurance: assurance has to be a mapping, not a list',
      'p:7: severities: severities has to be a mapping, not "low"',
    ])
  })

  it('with blank patterns, and aliases that aren’t text, names each', () => {
    expect(errorsOf('rules:\n  - tool: " "\naliases:\n  kai: [oid-7]\n  lea: ""\n')).toEqual([
      'p:2: rules[0].tool: tool is empty',
      'p:4: aliases.kai: an alias has to be text, not a list',
      'p:5: aliases.lea: an alias is empty',
    ])
  })

  it('with a mistake behind an anchor names it where it is used, too', () => {
    const said = 'unknown finding code "chain_lop"; did you mean chain_loop?'
    expect(errorsOf('rules:\n  - { tool: a, allow: &all [chain_lop] }\n  - { tool: b, allow: *all }\n')).toEqual([
      `p:2: rules[0].allow[0]: ${said}`,
      `p:3: rules[1].allow[0]: ${said}`,
    ])
  })

  it('may be JSON that tabs indent, or hold Windows line ends and a byte order mark', () => {
    expect(errorsOf(JSON.stringify({ rules: [{ tool: 'x', allow: ['chain_loop'] }] }, null, '\t'))).toEqual([])
    expect(errorsOf('\u{feff}profile: strict\r\nrequire:\r\n  efect: []\r\n')).toEqual([
      'p:3: require.efect: unknown key "efect"; did you mean effect?',
    ])
  })

  it('that nests without end is refused', () => {
    for (const text of ['['.repeat(100_000), '{"a":'.repeat(20_000)]) {
      expect(errorsOf(`profile: strict\nrules: ${text}`)).toEqual([
        'p:2: lists and mappings are nested more than 100 deep',
      ])
    }
  })

  it('that nests without end in blocks is refused with its line, whatever opens them', () => {
    for (const opener of ['- ', '? ', 'a: ', '&a ']) {
      const [first, ...others] = errorsOf(`profile: strict\nrules:\n  ${opener.repeat(20_000)}x`)
      expect([first, others]).toEqual(['p:3: lists and mappings are nested more than 100 deep', []])
    }
    const steps = Array.from({ length: 3_000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')
    expect(errorsOf(steps)).toEqual(['p:201: lists and mappings are nested more than 100 deep'])
  })

  it('may hold brackets and marks in texts and comments, and JSON that is indented far', () => {
    const names = Array.from({ length: 300 }, (_, index) => `  "[{ ${index}": '- - ${'? '.repeat(150)}'\n`).join('')
    expect(errorsOf(`# ${'['.repeat(300)}\naliases:\n${names}`)).toEqual([])
    const json = JSON.stringify({ aliases: { kai: 'oid-7' } }, null, 8).replaceAll('\n', `\n${' '.repeat(300)}`)
    expect(errorsOf(json)).toEqual([])
  })

  it('may hold the aliases of a whole company', () => {
    const names = Array.from({ length: 30_000 }, (_, index) => `  user-${index}: oid-${index}\n`)
    expect(parsePolicy(`aliases:\n${names.join('')}`)).toMatchObject({ ok: true })
    expect(errorsOf(`aliases:\n${names.join('')}  user-7: oid-8\n`)).toEqual([
      'p:30002: aliases.user-7: "user-7" is given twice',
    ])
  })

  it('with aliases that lead in a circle, names it, with a line; one that stands for itself is none', () => {
    expect(errorsOf('aliases:\n  kai: oid-7\n  a: B\n  b: c\n  C: a\n  d: a\n  self: Self\n')).toEqual([
      'p:5: aliases.C: aliases lead in a circle: a → b → c → a; one of them has to be the id',
    ])
    const names = Array.from({ length: 30_000 }, (_, at) => `  user-${at}: user-${(at + 1) % 30_000}\n`)
    expect(errorsOf(`aliases:\n${names.join('')}`)).toEqual([
      'p:30001: aliases.user-29999: aliases lead in a circle: user-0 → user-1 → user-2 → user-3 → … → user-0; one of them has to be the id',
    ])
  })

  it('may chain aliases as long as it likes, in any order', () => {
    const names = Array.from({ length: 30_000 }, (_, at) => [`user-${at}`, `user-${at + 1}`] as const)
    for (const order of [names, names.toReversed()]) {
      const { alias } = createPolicy({ aliases: Object.fromEntries(order) })
      expect(['user-0', 'user-15000', 'user-29999'].map(alias)).toEqual(Array(3).fill('user-30000'))
    }
  })

  it('cannot reach the prototype of anything', () => {
    const parsed = parsePolicy('__proto__:\n  profile: strict\n')
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
    expect(parsePolicy(bomb).ok).toBe(false)
  })
})

describe('what a policy file settles', () => {
  it('tells a name that was made to take long from a pattern at once', () => {
    const [rule] = createPolicy({ rules: [{ tool: '*a*b*a*b*c' }] }).rules
    const start = process.hrtime.bigint()
    expect(rule?.matches({ tool: 'ab'.repeat(50_000), agents: [] })).toBe(false)
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(1_000)
  })

  it('has a digest that depends on what is said and not on the order', () => {
    const digest = (text: string) => {
      const parsed = parsePolicy(text)
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
