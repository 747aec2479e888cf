import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import * as v from 'valibot'
import { createPolicy, PROFILES } from '../policy/policy.ts'
import type { PolicyOptions, Profile } from '../policy/policy.ts'
import { AttributionConfigError } from '../policy/config-error.ts'
import { parsePolicy } from '../policy/policy-file.ts'
import type { Settings } from '../runtime/health/settings.ts'
import { nearest } from '../base/spelling.ts'
import type { CarrierSettings } from '../runtime/crossing/signed-carrier.ts'
import {
  audiencesIn,
  carrierSettings,
  DECRYPTION,
  optionNamed,
  serviceNamed,
  SIGNING,
  SIGNING_VARIABLES,
} from './carrier-config.ts'
import type { DecryptionOptions, SigningOptions } from './carrier-config.ts'

/** How to judge. An option overrides its environment variable, and the variable overrides the default. */
export interface JudgingOptions {
  /**
   * The path of a policy file (YAML or JSON), or the policy itself. Variable: `ONBEHALF_POLICY`, a path. Default: none.
   */
  readonly policy?: string | PolicyOptions
  /**
   * What is required, and how severe it is when that is missing. Overrides the policy's profile. Variable:
   * `ONBEHALF_PROFILE`. Default: `standard`.
   */
  readonly profile?: Profile
  /**
   * Also write `attribution.finding.<code>` for each finding, for stores that can't search inside an array (Jaeger).
   * Variable: `ONBEHALF_FINDING_ATTRIBUTES`. Default: false.
   */
  readonly findingAttributes?: boolean
  /**
   * Also add an event `attribution.finding` for each finding, with its code, severity and title. Jaeger shows it as a tick
   * in the timeline, and its search finds spans by their events. Variable: `ONBEHALF_FINDING_EVENTS`. Default: false.
   */
  readonly findingEvents?: boolean
  /**
   * Also write a warning for each finding into `@jaeger@warnings`, which Jaeger shows in a separate box. Variable:
   * `ONBEHALF_FINDING_WARNINGS`. Default: false.
   */
  readonly findingWarnings?: boolean
  /**
   * Give a span whose verdict is `collapsed` the status ERROR, which Jaeger marks red. This changes error rates counted
   * from spans. A status set by the app isn't changed, and `attribution.outcome` still says what the app did. Variable:
   * `ONBEHALF_COLLAPSE_AS_ERROR`. Default: false.
   */
  readonly collapseAsError?: boolean
  /**
   * Also write `user.id` and `gen_ai.agent.*` where they are empty. Variable: `ONBEHALF_FILL_STANDARD`. Default: false.
   */
  readonly fillStandard?: boolean
  /**
   * Refuse what `guard`, `action` and `decide` don't allow. With false, a dry run, everything runs. What would have been
   * refused is counted in `attribution.refusals` and has `attribution.would_deny` on its spans. Each of the three takes an
   * option `enforce` that overrides this one. Variable: `ONBEHALF_ENFORCE`. Default: true.
   */
  readonly enforce?: boolean
  /**
   * Start every metric series at zero: each finding and each verdict for each kind of span, some 250 series. Use it for
   * your own alerts that only look at `increase()` and would miss the first event of a new series. The rules in
   * `collector-config/` don't need it. Variable: `ONBEHALF_ZERO_SERIES`. Default: false.
   */
  readonly zeroSeries?: boolean
}

/**
 * Lets facets cross process boundaries as unsigned W3C baggage. Off by default: `attribution.*` entries are then stripped
 * from inbound and outbound baggage.
 *
 * Sent only in requests to `hosts`: the correlation id; the principal's id, type and issuer;
 * the actor's id, name, version and issuer, and the chain of actors; the intent's id, summary, purpose, parent id and
 * hash; the authority's id, type, scopes and expiry. Never an execution context, a credential, a decision or a
 * declaration. An intent's summary has the user's own words, so think before you list a host outside your own network.
 *
 * All of it stays within 64 entries and 8,192 bytes, including the app's own entries. A facet that doesn't fit is left
 * out and counts as a fault.
 *
 * Every host that a request names has to be listed: the one it's sent to, the one in a `Host` header, and the one in the
 * URL that a proxy is asked for. Nothing is sent with `CONNECT`, over a socket file, or where the destination isn't known
 * for sure.
 *
 * Entries that an app copies from one request's headers to another are also removed, if the client's instrumentation
 * shows the headers. The one for `node:http` does; the one for undici (`fetch`) doesn't.
 *
 * Inbound facets are `claimed`, no matter who sent them, and aren't passed on automatically.
 */
export interface BaggageOptions {
  /**
   * Hosts by name or address, or `*.` and a domain for its subdomains; for every port. An empty list accepts inbound
   * facets and sends none. Variable: `ONBEHALF_BAGGAGE_HOSTS`, separated by commas; `none` is the empty list.
   */
  readonly hosts: readonly string[]
}

export interface Options extends JudgingOptions {
  /** Lets facets cross process boundaries. Variable: `ONBEHALF_BAGGAGE_HOSTS`. Default: off. */
  readonly baggage?: BaggageOptions
  /** Signs what crosses process boundaries. Variable: `ONBEHALF_SIGNING_KEY`. Default: off. */
  readonly signing?: SigningOptions
  /** Opens carriers that were encrypted to this service. Variable: `ONBEHALF_DECRYPTION_KEY`. Default: off. */
  readonly decryption?: DecryptionOptions
}

export interface Config extends Settings {
  /** Undefined if baggage is off. */
  readonly baggageHosts: readonly string[] | undefined
  /** What signs, and whose signed carriers are believed. */
  readonly carriers: CarrierSettings
}

type Environment = Readonly<Record<string, string | undefined>>

/** Resolves options, environment and policy file. Throws one `AttributionConfigError` that names every bad field. */
export function resolveConfig(
  options: unknown = {},
  { also = [], env = process.env }: { readonly also?: readonly string[]; readonly env?: Environment } = {},
): Config {
  const problems: string[] = []
  const fromEnvironment = readEnvironment(env, problems, optionNamed(options, 'signing') !== undefined)
  const fromOptions = readOptions(options, also, problems)
  const { policy: given, profile, baggage, signing: _, decryption, ...flags } = { ...fromEnvironment, ...fromOptions }
  const signing = fromOptions.signing && { ...signingVariables(env), ...fromOptions.signing }
  const read = readPolicy(given, problems)
  const policy = createPolicy({ ...read, ...(profile === undefined ? {} : { profile }) })
  const carriers = carrierSettings({ signing: signing ?? fromEnvironment.signing, decryption }, policy, {
    service: serviceNamed(options, env),
    place: {
      signing: fromOptions.signing === undefined ? OPTIONS.signing.variable : 'option signing.key',
      decryption: fromOptions.decryption === undefined ? OPTIONS.decryption.variable : 'option decryption.keys',
    },
    problems,
  })
  if (problems.length > 0) throw new AttributionConfigError(problems)
  return { ...DEFAULT_FLAGS, ...flags, policy, baggageHosts: baggage?.hosts, carriers }
}

const HOST = v.pipe(
  v.string('has to be a host name'),
  v.trim(),
  v.check(isHost, 'has to be a host name, or *. and a domain; without scheme, port or path'),
)

function isHost(text: string): boolean {
  return isIPv6(text.replace(/^\[(?<address>.*)\]$/u, '$<address>')) || /^(?:\*\.)?[^\s*/:@,[\]]+$/u.test(text)
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const HOSTS = v.array(HOST, 'has to be a list of host names')
const FLAG = v.boolean('has to be true or false')
const PROFILE = v.picklist(PROFILES, `has to be one of ${PROFILES.join(', ')}`)

const POLICY = v.union(
  [v.pipe(v.string(), v.nonEmpty()), v.custom<PolicyOptions>(isMapping)],
  'has to be a path or a policy',
)
const BAGGAGE = v.strictObject(
  { hosts: HOSTS },
  'has to be { hosts: [...] }: the hosts that facets may go to have to be listed',
)

interface OptionRow {
  /** The environment variable that also sets it. */
  readonly variable: `ONBEHALF_${string}`
  readonly schema: v.GenericSchema
  /** The value for the variable's text. The schema checks it afterwards. */
  fromText(text: string): unknown
}

/** The schema and variable of each of our options. Its docstring says what it means. */
export const OPTIONS = {
  policy: { variable: 'ONBEHALF_POLICY', schema: POLICY, fromText: (text) => text },
  profile: { variable: 'ONBEHALF_PROFILE', schema: PROFILE, fromText: (text) => text },
  findingAttributes: flagRow('ONBEHALF_FINDING_ATTRIBUTES'),
  findingEvents: flagRow('ONBEHALF_FINDING_EVENTS'),
  findingWarnings: flagRow('ONBEHALF_FINDING_WARNINGS'),
  collapseAsError: flagRow('ONBEHALF_COLLAPSE_AS_ERROR'),
  fillStandard: flagRow('ONBEHALF_FILL_STANDARD'),
  enforce: flagRow('ONBEHALF_ENFORCE', true),
  zeroSeries: flagRow('ONBEHALF_ZERO_SERIES'),
  baggage: {
    variable: 'ONBEHALF_BAGGAGE_HOSTS',
    schema: BAGGAGE,
    fromText: (text) => ({ hosts: text === 'none' ? [] : list(text) }),
  },
  signing: { variable: 'ONBEHALF_SIGNING_KEY', schema: SIGNING, fromText: (text) => ({ key: text }) },
  decryption: { variable: 'ONBEHALF_DECRYPTION_KEY', schema: DECRYPTION, fromText: (text) => ({ keys: [text] }) },
} as const satisfies Readonly<Record<keyof Options, OptionRow>>

function flagRow(variable: OptionRow['variable'], byDefault = false) {
  return { variable, schema: FLAG, fromText: flag, byDefault } as const
}

const ROWS: readonly (readonly [string, OptionRow])[] = Object.entries(OPTIONS)

type Flags = Omit<Settings, 'policy'>

const DEFAULT_FLAGS = Object.fromEntries(
  Object.entries(OPTIONS).flatMap(([name, row]) => ('byDefault' in row ? [[name, row.byDefault]] : [])),
) as Flags

type Given = { readonly [K in keyof Options]?: Exclude<Options[K], undefined> }

function readOptions(options: unknown, also: readonly string[], problems: string[]): Given {
  if (!isMapping(options)) {
    problems.push('options: has to be an object')
    return {}
  }
  try {
    return checkOptions(options as object, also, problems)
  } catch {
    problems.push('options: cannot be read')
    return {}
  }
}

function checkOptions(options: object, also: readonly string[], problems: string[]): Given {
  const known = [...Object.keys(OPTIONS), ...also]
  for (const key of Object.keys(options)) if (!known.includes(key)) problems.push(unknownName('option', key, known))
  // One by one, so that a mistake in one doesn't hide a mistake in another.
  const given = ROWS.map(([name, { schema }]) => check(name, v.optional(schema), options, 'option', problems))
  return defined(Object.assign({}, ...given) as Given)
}

/** Environment variables that only `onbehalf/register` reads. */
export const REGISTER_VARIABLES = ['ONBEHALF_INSTRUMENTATIONS'] as const

const KNOWN: readonly string[] = [
  ...ROWS.map(([, { variable }]) => variable),
  ...Object.values(SIGNING_VARIABLES),
  ...REGISTER_VARIABLES,
]

/** The instrumentations that the environment tells `onbehalf/register` to start. */
export function instrumentationsAsked(env: Environment = process.env) {
  const ends = (variable: string) => (env[variable]?.trim() ? list(env[variable]) : undefined)
  return {
    packages: list(env['ONBEHALF_INSTRUMENTATIONS'] ?? ''),
    enabled: ends('OTEL_NODE_ENABLED_INSTRUMENTATIONS'),
    disabled: ends('OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? [],
  }
}

/** Only package names: a path would be code in some folder. */
const PACKAGE = /^(?:@[\w.-]+\/)?[\w-][\w.-]*$/u

/** Blank means unset, as for `OTEL_*`. */
function readEnvironment(env: Environment, problems: string[], isSigning: boolean): Given {
  const given: Record<string, unknown> = {}
  for (const [name, { variable, schema, fromText }] of ROWS) {
    const text = env[variable]?.trim() ?? ''
    const value = text === '' ? undefined : fromText(text)
    const whole = name === 'signing' && value !== undefined ? { ...(value as object), ...signingVariables(env) } : value
    if (whole !== undefined) Object.assign(given, check(name, schema, { [name]: whole }, variable, problems))
    if (name === 'signing' && value === undefined && !isSigning) problems.push(...idleVariables(env))
  }
  for (const name of instrumentationsAsked(env).packages) {
    if (!PACKAGE.test(name))
      problems.push('ONBEHALF_INSTRUMENTATIONS: has to be names of packages, separated by commas')
  }
  for (const name of Object.keys(env)) {
    const isMistaken = name.startsWith('ONBEHALF_') && !KNOWN.includes(name) && nearest(name, KNOWN) !== undefined
    if (isMistaken) problems.push(unknownName('variable', name, KNOWN))
  }
  return given
}

/** The fields of signing that have variables of their own. */
function signingVariables(env: Environment): Partial<SigningOptions> {
  const texts = Object.entries(SIGNING_VARIABLES).map(
    ([field, variable]) => [field, env[variable]?.trim() ?? ''] as const,
  )
  return Object.fromEntries(
    texts.flatMap(([field, text]) =>
      text === '' ? [] : [[field, field === 'audiences' ? audiencesIn(text) : text] as const],
    ),
  )
}

function idleVariables(env: Environment): readonly string[] {
  const set = Object.values(SIGNING_VARIABLES).filter((variable) => (env[variable]?.trim() ?? '') !== '')
  return set.map((variable) => `${variable}: has no effect without ${OPTIONS.signing.variable}`)
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function flag(text: string): unknown {
  const word = text.toLowerCase()
  if (word === 'true' || word === '1') return true
  return word === 'false' || word === '0' ? false : text
}

function check(name: string, schema: v.GenericSchema, from: object, source: string, problems: string[]): object {
  const result = v.safeParse(v.object({ [name]: schema }), from)
  if (result.success) return result.output
  for (const issue of result.issues) {
    const path = v.getDotPath(issue)
    const place = source === 'option' ? `option ${path ?? ''}`.trim() : variableOf(path, source)
    problems.push(
      `${place}: ${issue.kind === 'schema' && issue.type === 'strict_object' ? unknownIn(name, issue) : issue.message}`,
    )
  }
  return {}
}

/** Signing has variables for its fields, and one of them lists several. */
function variableOf(path: string | null, source: string): string {
  const [name, field = '', ...rest] = path?.split('.') ?? []
  const variable = name === 'signing' ? SIGNING_VARIABLES[field as keyof typeof SIGNING_VARIABLES] : undefined
  return variable === undefined ? source : [variable, ...(rest.length === 0 ? [] : [rest.join('.')])].join(': ')
}

const KEYS: Readonly<Record<string, string>> = {
  baggage: Object.keys(BAGGAGE.entries).join(', '),
  signing: Object.keys(SIGNING.entries).join(', '),
  decryption: Object.keys(DECRYPTION.entries).join(', '),
}

/** A key that is missing is named, as one that isn't known is. */
function unknownIn(name: string, issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return `is unknown; ${name} takes ${KEYS[name]}`
  return name !== 'baggage' && issue.received === 'undefined' ? 'is missing' : issue.message
}

function defined(given: Given): Given {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function readPolicy(policy: string | PolicyOptions | undefined, problems: string[]): PolicyOptions {
  if (policy === undefined) return {}
  if (typeof policy !== 'string') return checkPolicy(policy, problems)
  const text = readText(policy, problems)
  return text === undefined ? {} : parsed(text, policy, problems)
}

function readText(path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    problems.push(`policy file ${path}: cannot be read (${reason})`)
    return undefined
  }
}

/** The same checks as for a file. A function of aliases is the one thing that a file can't have. */
function checkPolicy(options: PolicyOptions, problems: string[]): PolicyOptions {
  try {
    const { aliases, ...others } = options
    const isFunction = typeof aliases === 'function'
    const checked = parsed(JSON.stringify(isFunction ? others : options), undefined, problems)
    return isFunction ? { ...checked, aliases } : checked
  } catch {
    problems.push('option policy: has to be plain data')
    return {}
  }
}

function parsed(text: string, file: string | undefined, problems: string[]): PolicyOptions {
  const result = parsePolicy(text)
  if (result.ok) return result.options
  for (const { path, line, message } of result.errors) {
    const place = file === undefined ? 'option policy' : `policy file ${file}:${line}`
    problems.push(`${place}${path === '' ? '' : ` ${path}`}: ${message}`)
  }
  return {}
}

function unknownName(sort: string, name: string, known: readonly string[]): string {
  const close = nearest(name, known)
  return `${sort} ${name}: is unknown${close === undefined ? '' : `; did you mean ${close}?`}`
}
