import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AttributionConfigError } from '../../src/policy/config-error.ts'
import { resolveConfig } from '../../src/setup/config.ts'
import { nastyJson, nastyText, patience, prototypeKeys, runs, TRICKY_KEYS } from './fuzzing.ts'

const OPTIONS = ['policy', 'profile', 'findingAttributes', 'collapseAsError', 'fillStandard', 'baggage'] as const
const VARIABLES = ['POLICY', 'PROFILE', 'FINDING_EVENTS', 'FILL_STANDARD', 'BAGGAGE_HOSTS', 'PROFIL', ''] as const

const throwing = new Proxy(
  {},
  {
    get() {
      throw new Error('get')
    },
    ownKeys() {
      throw new Error('ownKeys')
    },
  },
)
const cyclic: Record<string, unknown> = { profile: 'strict' }
cyclic['require'] = cyclic

const HOSTILE: readonly unknown[] = [
  throwing,
  cyclic,
  new Map(),
  new Date(Number.NaN),
  Symbol('s'),
  7n,
  () => 'kai',
  [throwing],
  undefined,
  'observe',
  'strict',
  true,
  false,
  { hosts: ['*.contoso.com'] },
  { hosts: throwing },
  { constructor: 1 },
  { toJSON: () => undefined },
  { aliases: () => throwing, rules: [throwing] },
]

/** As text, or as a place in the list: what is hostile cannot be printed when a test fails. */
const value = fc.oneof(nastyJson, fc.nat(HOSTILE.length - 1))
const valueOf = (drawn: string | number): unknown =>
  typeof drawn === 'string' ? (JSON.parse(drawn) as unknown) : HOSTILE[drawn]

type Entries = readonly (readonly [string, string | number])[]

const options: fc.Arbitrary<Entries | string | number> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.tuple(fc.constantFrom<string[]>(...OPTIONS, ...TRICKY_KEYS, 'hosts'), value), {
      maxLength: 4,
    }),
  },
  value,
)
const optionsOf = (drawn: Entries | string | number): unknown =>
  typeof drawn === 'object' ? Object.fromEntries(drawn.map(([key, one]) => [key, valueOf(one)])) : valueOf(drawn)

const environment = fc.dictionary(
  fc.constantFrom(...VARIABLES).map((name) => `ONBEHALF_${name}`),
  fc.oneof(nastyText, fc.constantFrom('strict', 'true', '1', 'none', 'a,b', 'http://x', '/', '/dev/null')),
)

/** The problems, or undefined where the settings are right. Anything else that is thrown fails. */
function problemsOf(given: unknown, env: Readonly<Record<string, string>>): readonly string[] | undefined {
  try {
    return void resolveConfig(given, { env })
  } catch (error) {
    if (error instanceof AttributionConfigError) return error.problems
    throw error
  }
}

describe('the settings', () => {
  const settings = runs(1_000)
  it(
    'hold, or are refused by one error that names what is wrong with which of them',
    () => {
      const before = prototypeKeys()
      fc.assert(
        fc.property(options, environment, (given, env) => {
          const problems = problemsOf(optionsOf(given), env)
          const isNamed = (problem: string) => /^(?:options?|variable|ONBEHALF_\w+|policy file) ?.*: /su.test(problem)
          expect(problems?.length).not.toBe(0)
          expect(problems?.filter((problem) => !isNamed(problem)) ?? []).toEqual([])
        }),
        settings,
      )
      expect(prototypeKeys()).toEqual(before)
    },
    patience(settings),
  )

  it.each(TRICKY_KEYS.filter((key) => key !== ''))('know no %s, on top, in a policy or in baggage', (key) => {
    const holding = JSON.parse(`{${JSON.stringify(key)}: 1}`) as object
    expect(problemsOf(holding, {})).toHaveLength(1)
    expect(problemsOf({ policy: holding }, {})).toHaveLength(1)
    const baggage = JSON.parse(`{"hosts": [], ${JSON.stringify(key)}: 1}`) as unknown
    expect(problemsOf({ baggage }, {})).toHaveLength(1)
  })
})
