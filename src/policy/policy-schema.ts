import * as v from 'valibot'
import { ASSURANCES } from '../model/attribution.ts'
import { FINDING_CODES, SEVERITIES } from '../model/finding.ts'
import type { PolicyOptions } from './policy.ts'
import { APP_FACTS, PROFILES, REQUIREMENTS, SUBJECTS } from './policy.ts'
import { ATTR_PREFIX } from '../model/names.ts'
import { canonicalId } from '../identity/identity.ts'
import { settleAliases } from './aliases.ts'
import { AUDIENCE, ISSUERS, JWKS } from './issuer-schema.ts'
import { cut, fields, list, nameOf, notList, problemOf, text, truth, word } from './schema-parts.ts'
import type { PolicyProblem } from './schema-parts.ts'

/** Checks a policy. Returns every problem, or the options. */
export function checkPolicy(value: unknown): { options: PolicyOptions } | { problems: readonly PolicyProblem[] } {
  const result = v.safeParse(POLICY, value ?? {})
  if (result.success) return { options: result.output as PolicyOptions }
  return { problems: result.issues.map(problemOf) }
}

const requirement = word('requirement', REQUIREMENTS)
const code = word('finding code', FINDING_CODES as unknown as readonly [string, ...string[]])
const assurance = word('assurance', ASSURANCES)

const ASSURANCE = fields('assurance', {
  principal: v.optional(assurance),
  actor: v.optional(assurance),
  context: v.optional(assurance),
  intent: v.optional(assurance),
  authority: v.optional(assurance),
  decision: v.optional(assurance),
  correlation: v.optional(assurance),
})

const RULE = v.pipe(
  fields('a rule', {
    tool: v.optional(text('tool')),
    agent: v.optional(text('agent')),
    require: v.optional(list('require', requirement)),
    four_eyes: v.optional(truth('four_eyes')),
    assurance: v.optional(ASSURANCE),
    allow: v.optional(list('allow', code)),
    autonomous: v.optional(fields('autonomous', { owner: text('owner'), trigger: text('trigger') })),
  }),
  v.partialCheck(
    [['tool'], ['agent']],
    ({ tool, agent }) => tool !== undefined || agent !== undefined,
    'a rule names the tools or agents that it is for: tool or agent, with * for any run of characters',
  ),
)

/** A record check silently skips these. */
const NO_ALIASES = ['__proto__', 'constructor', 'prototype']

const ALIASES = v.pipe(
  notList('aliases'),
  v.check(
    (input) => typeof input !== 'object' || input === null || !NO_ALIASES.some((name) => Object.hasOwn(input, name)),
    `${NO_ALIASES.join(', ')} can't be names in aliases`,
  ),
  v.record(
    v.string(),
    text('an alias'),
    ({ input }) => `aliases has to map other names to the id that they stand for, not ${nameOf(input)}`,
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const input = dataset.value
    for (const cycle of settleAliases(input).cycles) {
      const key = Object.keys(input).findLast((name) => canonicalId(name) === cycle.at(-1)) ?? ''
      const place = { type: 'object', origin: 'value', input, key, value: input[key] } as const
      addIssue({ message: cycleText(cycle), path: [place] })
    }
  }),
)

const MAX_IN_CYCLE = 5

function cycleText(cycle: readonly string[]): string {
  const shown = cycle.length > MAX_IN_CYCLE ? [...cycle.slice(0, MAX_IN_CYCLE - 1), '…'] : cycle
  const circle = [...shown, cycle[0] as string].map(cut).join(' → ')
  return `aliases lead in a circle: ${circle}; one of them has to be the id`
}

/** A key that is looked up on every span. */
const KEY = v.pipe(
  text('a key'),
  v.check((key) => !key.startsWith(ATTR_PREFIX), `${ATTR_PREFIX}* already says what it names`),
)

/** More than one app needs. Each is looked up on every span. */
const MAX_KEYS = 20

const FACTS = v.pipe(
  fields(
    'facts',
    Object.fromEntries(
      APP_FACTS.map((fact) => [
        fact,
        v.optional(v.pipe(list(fact, KEY), v.maxLength(MAX_KEYS, `${fact} has at most ${MAX_KEYS} keys`))),
      ]),
    ),
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    const key = twice(dataset.value)
    if (key !== undefined) addIssue({ message: `"${cut(key)}" is given twice: a key names one fact` })
  }),
)

/** The first key that is given twice. Also looks through what isn't valid otherwise. */
function twice(facts: unknown): string | undefined {
  const lists = typeof facts === 'object' && facts !== null ? Object.values(facts).filter(Array.isArray) : []
  const keys = lists.flat().filter((key) => typeof key === 'string')
  const seen = new Set<string>()
  return keys.find((key) => seen.size === seen.add(key).size)
}

const ADMITTED_AS = ['asserted', 'verified'] as const
const CARRIED = ['principal', 'actor', 'intent', 'authority', 'correlation'] as const

const ADMIT = fields('an admitted signer', {
  signer: text('signer'),
  jwks: JWKS,
  as: word('assurance', ADMITTED_AS),
  facets: v.optional(list('facets', word('facet', CARRIED))),
  audience: v.optional(AUDIENCE),
})

/** Another entry would take the place of the first one, or be ignored. */
const ADMITTED = v.pipe(
  list('admit', ADMIT),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const signers = dataset.value.map(({ signer }) => signer)
    const again = signers.find((signer, at) => signers.indexOf(signer) !== at)
    if (again !== undefined) addIssue({ message: `"${cut(again)}" is given twice: list all its keys in one place` })
  }),
)

/** A carrier takes some hundred bytes of memory. */
const MOST_REMEMBERED = 1_000_000

const BOUNDARY = fields('boundary', {
  trust: v.optional(list('trust', text('a service'))),
  admit: v.optional(ADMITTED),
  replay: v.optional(
    fields('replay', {
      max: v.optional(
        v.pipe(
          v.number(({ input }) => `max has to be a number, not ${nameOf(input)}`),
          v.integer('max has to be a whole number'),
          v.minValue(1, 'max has to be at least 1'),
          v.maxValue(MOST_REMEMBERED, `max has to be at most ${MOST_REMEMBERED}`),
        ),
      ),
    }),
  ),
})

/** Every key that a policy may have. */
export const POLICY = fields('a policy', {
  profile: v.optional(word('profile', PROFILES)),
  require: v.optional(
    fields('require', Object.fromEntries(SUBJECTS.map((kind) => [kind, v.optional(list(kind, requirement))]))),
  ),
  four_eyes: v.optional(truth('four_eyes')),
  assurance: v.optional(ASSURANCE),
  severities: v.optional(
    fields(
      'severities',
      Object.fromEntries(FINDING_CODES.map((name) => [name, v.optional(word('severity', SEVERITIES))])),
    ),
  ),
  rules: v.optional(list('rules', RULE)),
  aliases: v.optional(v.lazy((value) => (typeof value === 'function' ? v.function() : ALIASES))),
  facts: v.optional(FACTS),
  issuers: v.optional(ISSUERS),
  boundary: v.optional(BOUNDARY),
  chain: v.optional(
    fields('chain', {
      max_depth: v.optional(
        v.pipe(
          v.number(({ input }) => `max_depth has to be a number, not ${nameOf(input)}`),
          v.integer('max_depth has to be a whole number'),
          v.minValue(1, 'max_depth has to be at least 1'),
        ),
      ),
    }),
  ),
})
