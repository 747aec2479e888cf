import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMap, parseDocument, stringify } from 'yaml'
import { ASSURANCES } from '../../src/model/attribution.ts'
import { FINDING_CODES, SEVERITIES } from '../../src/model/finding.ts'
import { settleAliases } from '../../src/policy/aliases.ts'
import { createPolicy, PROFILES, REQUIREMENTS, SUBJECTS } from '../../src/policy/policy.ts'
import { parsePolicy } from '../../src/policy/policy-file.ts'
import type { ParsedPolicy } from '../../src/policy/policy-file.ts'
import {
  harmed,
  harmedTree,
  nastyJson,
  patience,
  prototypeKeys,
  runs,
  textHarm,
  treeHarm,
  TRICKY_KEYS,
} from './fuzzing.ts'

const name = fc.oneof(
  fc.constantFrom('pay-*', '*', '"', "'", '- a', '# no', ': ', 'yes', '1', 'ünï', '\u{1F600}', 'a\tb', 'a\nb'),
  fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== ''),
)
const someOf = <T>(words: readonly T[]) => fc.subarray([...words], { maxLength: 4 })
const optional = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] })
const assurance = optional(
  Object.fromEntries(
    ['principal', 'actor', 'context', 'intent'].map((facet) => [facet, fc.constantFrom(...ASSURANCES)]),
  ),
)

const rule = fc
  .tuple(
    fc.constantFrom('tool', 'agent'),
    name,
    optional({
      require: someOf(REQUIREMENTS),
      assurance,
      allow: someOf(FINDING_CODES),
      autonomous: fc.record({ owner: name, trigger: name }),
    }),
  )
  .map(([subject, pattern, others]) => ({ [subject]: pattern, ...others }))

/** Any policy that is right. */
const policy = optional({
  profile: fc.constantFrom(...PROFILES),
  require: fc.dictionary(fc.constantFrom(...SUBJECTS), someOf(REQUIREMENTS)),
  assurance,
  severities: fc.dictionary(fc.constantFrom(...FINDING_CODES), fc.constantFrom(...SEVERITIES)),
  rules: fc.array(rule, { maxLength: 4 }),
  aliases: fc
    .dictionary(
      name.filter((text) => !(TRICKY_KEYS as readonly string[]).includes(text)),
      name,
    )
    .filter((aliases) => settleAliases(aliases).cycles.length === 0),
  chain: optional({ max_depth: fc.integer({ min: 1, max: 99 }) }),
}).map((made) => JSON.parse(JSON.stringify(made)) as Record<string, unknown>)

const FORMS: readonly ((value: unknown) => string)[] = [
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, null, 2),
  (value) => JSON.stringify(value, null, '\t'),
  (value) => stringify(value),
  (value) => stringify(value, { defaultStringType: 'QUOTE_SINGLE', indent: 4 }),
]
const form = fc.constantFrom(...FORMS)
/** The writer of YAML follows no tree that is deeper than the stack. */
const json = fc.constantFrom(...FORMS.slice(0, 3))

/** Whatever was said: no exception, and every error stands in the text. */
function isTold(text: string, result: ParsedPolicy): boolean {
  const lines = text.split('\n').length
  if (result.ok) return createPolicy(result.options).digest.length === 12
  return (
    result.errors.length > 0 &&
    result.errors.length <= 101 &&
    result.errors.every(({ line, message }) => line >= 1 && line <= lines && message !== '')
  )
}

describe('a policy file', () => {
  const options = runs(600)
  it(
    'says the same as YAML in any style and as JSON',
    () => {
      fc.assert(
        fc.property(policy, form, (value, write) => {
          expect(parsePolicy(write(value))).toEqual({ ok: true, options: value })
        }),
        options,
      )
    },
    patience(options),
  )

  it(
    'with one wrong key anywhere has one error, with its path and its line',
    () => {
      const mappings = [
        [],
        ['require'],
        ['severities'],
        ['assurance'],
        ['chain'],
        ['rules', 0],
        ['rules', 0, 'autonomous'],
      ]
      const wrong = fc.constantFrom(...TRICKY_KEYS.filter((key) => key !== ''), 'profil', '<<', 'x')
      const full = {
        profile: 'strict',
        require: { effect: ['decision'] },
        severities: { missing_intent: 'high' },
        assurance: { principal: 'asserted' },
        chain: { max_depth: 3 },
        rules: [{ agent: 'nightly-*', autonomous: { owner: 'ops', trigger: 'cron' } }],
      }
      fc.assert(
        fc.property(fc.constantFrom(...mappings), wrong, fc.boolean(), (path, key, isJson) => {
          const document = parseDocument(stringify(full))
          const mapping = path.length === 0 ? document.contents : document.getIn(path)
          if (!isMap(mapping)) throw new Error('no mapping')
          mapping.add(document.createPair(key, 'planted'))
          const text = isJson ? asJson(document.toString()) : document.toString()
          const line = text.split('\n').findIndex((one) => one.includes('planted')) + 1
          const place = [...path, key].map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
          const found = parsePolicy(text)
          expect(found).toMatchObject({ ok: false, errors: [{ path: place.slice(1), line }] })
        }),
        options,
      )
    },
    patience(options),
  )

  it(
    'that was harmed is read or told with places in it, as text and as a tree',
    () => {
      const before = prototypeKeys()
      // Nothing may be left of a tree, and nothing has no text.
      const trees = fc
        .tuple(policy, treeHarm, json)
        .map(([value, harm, write]) => textOf(harmedTree(value, harm) ?? null, write))
      const texts = fc.tuple(policy, form, textHarm).map(([value, write, harm]) => harmed(write(value), harm))
      const parts = fc.constantFrom(
        '- ',
        '? ',
        ': ',
        'a: ',
        '&a ',
        '*a ',
        '!!set ',
        '!!omap ',
        '%YAML 1.1\n---\n',
        '<<: ',
      )
      const runsOfParts = fc
        .array(fc.tuple(parts, fc.constantFrom(1, 2, 300, 30_000)), { minLength: 1, maxLength: 3 })
        .map((all) => `${all.map(([part, count]) => part.repeat(count)).join('')}x`)
      const steps = fc
        .constantFrom(90, 3_000)
        .map((depth) => Array.from({ length: depth }, (_, at) => `${' '.repeat(at)}a:`).join('\n'))
      fc.assert(
        fc.property(
          fc.oneof({ weight: 20, arbitrary: trees }, { weight: 20, arbitrary: texts }, runsOfParts, steps, nastyJson),
          (text) => {
            expect(isTold(text, parsePolicy(text))).toBe(true)
          },
        ),
        options,
      )
      expect(prototypeKeys()).toEqual(before)
    },
    patience(options),
  )

  it.each([
    'require: !!set {agent}',
    '!!omap\n- profile: strict',
    '%YAML 1.1\n---\n!!omap\n- profile: strict',
    'aliases: {constructor: kai}',
  ])('says nothing that is passed over in silence: %j', (text) => expect(parsePolicy(text).ok).toBe(false))
})

/** Harm on harm makes trees that no writer follows to their end. */
function textOf(tree: unknown, write: (value: unknown) => string): string {
  try {
    return write(tree)
  } catch (error) {
    if (error instanceof RangeError) return '['.repeat(10_000)
    throw error
  }
}

/** The same as JSON, a key a line. */
function asJson(yaml: string): string {
  return JSON.stringify(parseDocument(yaml).toJS(), null, 2)
}
