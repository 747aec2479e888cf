import { createHash } from 'node:crypto'
import { ASSURANCES, SPAN_KINDS } from '../model/attribution.ts'
import type { AgentSpanKind, Assurance, AssuredFacet, Declaration } from '../model/attribution.ts'
import { FINDING_CODES, FINDINGS, SEVERITIES } from '../model/finding.ts'
import type { FindingCode, Severity } from '../model/finding.ts'
import { MAX_ACTORS } from '../base/bounded-chain.ts'
import { canonicalId } from '../identity/identity.ts'
import { settleAliases } from './aliases.ts'
import type { TokenIssuer } from './token-issuer.ts'

export const REQUIREMENTS = [
  'principal',
  'actor',
  'context',
  'context.credential',
  'intent',
  'authority',
  'decision',
  'decision.approver',
  'correlation',
] as const
export type Requirement = (typeof REQUIREMENTS)[number]

export const PROFILES = ['observe', 'standard', 'strict'] as const
export type Profile = (typeof PROFILES)[number]

/** A kind of span, or the creation of an agent, which requires less than running one. */
export const SUBJECTS = [...SPAN_KINDS, 'create_agent'] as const
export type Subject = AgentSpanKind | 'create_agent'

/** What an app may state under keys of its own. */
export const APP_FACTS = ['user', 'agent', 'tool', 'conversation'] as const
export type AppFact = (typeof APP_FACTS)[number]

/** What a policy file contains, and what the option `policy` takes. Everything has a default. */
export interface PolicyOptions {
  /** The base for everything else. Default: `standard`. */
  readonly profile?: Profile
  /** What spans of a kind must have, on top of what their profile requires. Default: nothing more. */
  readonly require?: Readonly<Partial<Record<Subject, readonly Requirement[]>>>
  /**
   * The least assurance that a required facet must have. A claimed authority or decision never meets a requirement.
   * Default: any, or what the profile asks for.
   */
  readonly assurance?: Readonly<Partial<Record<AssuredFacet, Assurance>>>
  /**
   * Whether whoever approves has to be someone other than the principal: `self_approved` is then also raised where the
   * principal approves. To require an approver at all, require `decision.approver`. Default: false.
   */
  readonly four_eyes?: boolean
  /** How severe a finding is. Default: what its page says; under `observe` never more than medium. */
  readonly severities?: Readonly<Partial<Record<FindingCode, Severity>>>
  /** Rules that apply only to some tools and agents. Every rule that matches a span counts. Default: none. */
  readonly rules?: readonly PolicyRuleOptions[]
  /**
   * Other names of one identity, each with the id that it stands for. The option `policy` also takes a function from id
   * to id: `aliases: (id) => emailById.get(id) ?? id`. It's called whenever identities are compared, so it must answer
   * synchronously, from memory. It gets ids in the form in which they are compared: in lower case, without `mailto:`.
   * An id may have further aliases, but not lead back to itself. Values on spans don't change. Default: none.
   */
  readonly aliases?: Readonly<Record<string, string>> | ((id: string) => string)
  /**
   * Attributes of your own that name the user, the agent, the tool or the conversation: `user: [app.user.id]`. In each
   * list, the first that is there counts, before the keys of any convention or vendor. What they say is inferred, and
   * they don't make a span an agent span. Use it for recordings; an app that you can change should bind instead.
   * Default: none.
   */
  readonly facts?: Readonly<Partial<Record<AppFact, readonly string[]>>>
  /**
   * `max_depth` is the longest chain of actors that isn't a `chain_loop`. At most 127, because a chain is cut beyond
   * that. Default: 8.
   */
  readonly chain?: { readonly max_depth?: number }
  /**
   * Whose tokens are accepted, and how they are checked. A `tokenVerifier` that gets no issuers uses these. Default:
   * none.
   */
  readonly issuers?: readonly TokenIssuer[]
  /**
   * Whose word counts across processes. Without it, whatever comes from another process is `claimed` at most.
   * Default: none.
   */
  readonly boundary?: BoundaryOptions
}

/** Whose word counts across processes. */
export interface BoundaryOptions {
  /**
   * Services whose spans are believed by those below them in other processes, by `service.name`. Trace context is an
   * unsigned header, so what a span inherits from another process is `claimed` at most. What it inherits from a span of
   * a service in `trust` stays as sure as it was there. List services only if no outsider can send a `traceparent` to
   * any of yours: who knows the ids of their spans, such as an API that they call, would get what those spans hand down.
   * Default: none.
   */
  readonly trust?: readonly string[]
  /**
   * The signers whose signed carriers are believed, each once. What any other signer says is only claimed. A running
   * process reads it; the audit and the Collector keep what it wrote. Default: none.
   */
  readonly admit?: readonly AdmitOptions[]
  /**
   * `max` is how many used carriers a process remembers, to say `carrier_replayed` instead of `carrier_invalid`. The
   * first time that it forgets one that could still be used, that counts a fault. A carrier that was replayed is refused
   * either way. Default: 10,000.
   */
  readonly replay?: { readonly max?: number }
}

/** One signer whose signed carriers are believed. */
export interface AdmitOptions {
  /** Its name, letter by letter: what its carriers say in `iss`, which is its `service.name` by default. Default: none. */
  readonly signer: string
  /**
   * Its public keys: the path of a file (a JWK Set, a JWK or a PEM), the URL of a JWK Set, or one in place. Several keys
   * may be in use at once, told apart by `kid`. A relative path is relative to the working directory, and a URL has to
   * be https, or on loopback. Both are loaded again in the background: a file every ten seconds, a URL every ten minutes,
   * and when a carrier has a key that isn't in it, at most every 30 seconds. Until the key is there, that carrier is
   * only claimed with a URL, and refused with a file. Default: none.
   */
  readonly jwks: TokenIssuer['jwks']
  /**
   * The most that its word is worth. A facet is as sure as the carrier says, and never surer than this. Default: none.
   */
  readonly as: 'asserted' | 'verified'
  /** The facets that are believed. The others are claims. Default: all of them. */
  readonly facets?: readonly ('principal' | 'actor' | 'intent' | 'authority' | 'correlation')[]
  /**
   * The names by which this signer knows this service. Its carriers then have to name one of them. Default: this
   * service's own name, for carriers that name an audience at all.
   */
  readonly audience?: string | readonly string[]
}

/** Applies to the tools and agents whose names match, in any spelling. `*` stands for any run of characters. */
export interface PolicyRuleOptions {
  /** The name of the tool. Effects match by the tool that they happen in. Default: any. */
  readonly tool?: string
  /** The id or the name of the agent. Default: any, if `tool` is given. */
  readonly agent?: string
  /** What such spans must have, whatever their kind, on top of what their kind must have. Default: nothing. */
  readonly require?: readonly Requirement[]
  /** Whether the approver has to be someone other than the principal here. Default: the policy's. */
  readonly four_eyes?: boolean
  /** Overrides the policy for such spans. A later rule overrides an earlier one. Default: the policy's. */
  readonly assurance?: Readonly<Partial<Record<AssuredFacet, Assurance>>>
  /**
   * Any findings that are legitimate here. They are left out, and the verdict is `declared` if nothing else
   * forbids it. Default: none.
   */
  readonly allow?: readonly FindingCode[]
  /**
   * An autonomous run that is stated here instead of in code. `undeclared_autonomy` is left out, and the verdict is
   * `declared` if nothing else forbids it. `owner` is responsible for the run, `trigger` starts it; neither counts as a
   * principal. Default: none.
   */
  readonly autonomous?: { readonly owner: string; readonly trigger: string }
}

export interface Policy {
  readonly profile: Profile
  readonly required: Readonly<Record<Subject, readonly Requirement[]>>
  readonly assurance: Readonly<Partial<Record<AssuredFacet, Assurance>>>
  readonly fourEyes: boolean
  readonly severities: Readonly<Record<FindingCode, Severity>>
  readonly rules: readonly PolicyRule[]
  readonly alias: (canonicalId: string) => string
  readonly maxChainDepth: number
  readonly issuers: readonly TokenIssuer[]
  readonly boundary: {
    /** Canonical names of the services whose spans are believed by those below them in other processes. */
    readonly trust: ReadonlySet<string>
    readonly admit: readonly AdmitOptions[]
    readonly replay: { readonly max: number }
  }
  readonly appKeys: AppKeys | undefined
  /** Names this policy in `attribution.judge`: the first 12 hex digits of a SHA-256 over its content. */
  readonly digest: string
}

export interface PolicyRule {
  readonly matches: (name: { readonly tool: string | undefined; readonly agents: readonly string[] }) => boolean
  readonly require: readonly Requirement[]
  /** Undefined where the rule doesn't say. */
  readonly fourEyes: boolean | undefined
  readonly assurance: Readonly<Partial<Record<AssuredFacet, Assurance>>>
  readonly allow: readonly FindingCode[]
  readonly autonomous: Declaration | undefined
}

/** The keys of an app's own. */
export interface AppKeys {
  readonly of: Readonly<Record<AppFact, readonly string[]>>
  readonly factOf: ReadonlyMap<string, AppFact>
}

const DEFAULT_MAX_CHAIN_DEPTH = 8
const DEFAULT_REMEMBERED = 10_000

const REQUIRED: Policy['required'] = {
  agent: ['principal', 'actor', 'intent'],
  tool: ['principal', 'actor', 'context', 'intent'],
  effect: ['principal', 'actor', 'context', 'intent'],
  llm: ['principal', 'actor'],
  retriever: ['principal', 'actor'],
  workflow: ['principal'],
  guardrail: ['actor'],
  create_agent: ['actor'],
}

interface ProfileEntry {
  readonly require: NonNullable<PolicyOptions['require']>
  readonly assurance: NonNullable<PolicyOptions['assurance']>
  readonly severities: NonNullable<PolicyOptions['severities']>
  readonly atMost: Severity
}

const PROFILE: Readonly<Record<Profile, ProfileEntry>> = {
  observe: { require: {}, assurance: {}, severities: {}, atMost: 'medium' },
  standard: { require: {}, assurance: {}, severities: {}, atMost: 'critical' },
  strict: {
    require: { effect: ['context.credential', 'decision', 'correlation'] },
    assurance: { context: 'asserted' },
    severities: { missing_intent: 'high' },
    atMost: 'critical',
  },
}

/** Fills in every default. Assumes valid options, because a policy file was validated before. */
export function createPolicy(options: PolicyOptions = {}): Policy {
  const profile = options.profile ?? 'standard'
  const base = PROFILE[profile]
  return {
    profile,
    required: requiredBy(base, options),
    assurance: { ...base.assurance, ...options.assurance },
    fourEyes: options.four_eyes ?? false,
    severities: severitiesBy(base, options),
    rules: (options.rules ?? []).map(compileRule),
    alias: compileAliases(options.aliases),
    boundary: {
      trust: new Set((options.boundary?.trust ?? []).map(canonicalId)),
      admit: options.boundary?.admit ?? [],
      replay: { max: options.boundary?.replay?.max ?? DEFAULT_REMEMBERED },
    },
    maxChainDepth: Math.min(options.chain?.max_depth ?? DEFAULT_MAX_CHAIN_DEPTH, MAX_ACTORS - 1),
    issuers: options.issuers ?? [],
    appKeys: appKeysOf(options.facts),
    digest: digestOf(options),
  }
}

/** Whether `assurance` is at least as certain as `least`. */
export function isAtLeast(assurance: Assurance, least: Assurance): boolean {
  return ASSURANCES.indexOf(assurance) <= ASSURANCES.indexOf(least)
}

export function isSeverityAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least)
}

function requiredBy(base: ProfileEntry, options: PolicyOptions): Policy['required'] {
  const required = (subject: Subject) => [
    ...new Set([...REQUIRED[subject], ...(base.require[subject] ?? []), ...(options.require?.[subject] ?? [])]),
  ]
  return Object.fromEntries(SUBJECTS.map((subject) => [subject, required(subject)])) as unknown as Policy['required']
}

function severitiesBy(base: ProfileEntry, options: PolicyOptions): Policy['severities'] {
  const severityOf = (code: FindingCode) => {
    const severity = options.severities?.[code] ?? base.severities[code] ?? FINDINGS[code].severity
    return isSeverityAtLeast(severity, base.atMost) ? base.atMost : severity
  }
  return Object.fromEntries(FINDING_CODES.map((code) => [code, severityOf(code)])) as Policy['severities']
}

function compileRule(rule: PolicyRuleOptions): PolicyRule {
  const tool = rule.tool === undefined ? undefined : pattern(rule.tool)
  const agent = rule.agent === undefined ? undefined : pattern(rule.agent)
  return {
    matches: (name) => isMatch(tool, name.tool === undefined ? [] : [name.tool]) && isMatch(agent, name.agents),
    require: rule.require ?? [],
    fourEyes: rule.four_eyes,
    assurance: rule.assurance ?? {},
    allow: rule.allow ?? [],
    autonomous: rule.autonomous === undefined ? undefined : { type: 'autonomous', ...rule.autonomous },
  }
}

function isMatch(wanted: NamePattern | undefined, names: readonly string[]): boolean {
  return wanted === undefined || names.some((name) => wanted(canonicalId(name)))
}

type NamePattern = (canonicalName: string) => boolean

/** Looks for the parts between the stars in order, each as early as possible, so that a name is read only once. */
function pattern(text: string): NamePattern {
  const [first = '', ...middle] = canonicalId(text).split('*')
  const last = middle.pop()
  return (name) => {
    if (last === undefined) return name === first
    const end = name.length - last.length
    if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false
    let from = first.length
    for (const part of middle) {
      const at = name.indexOf(part, from)
      if (at === -1 || at + part.length > end) return false
      from = at + part.length
    }
    return true
  }
}

function appKeysOf(facts: PolicyOptions['facts'] = {}): AppKeys | undefined {
  const of = {
    user: facts.user ?? [],
    agent: facts.agent ?? [],
    tool: facts.tool ?? [],
    conversation: facts.conversation ?? [],
  }
  const factOf = new Map(APP_FACTS.flatMap((fact) => of[fact].map((key) => [key, fact] as const)))
  return factOf.size === 0 ? undefined : { of, factOf }
}

function compileAliases(aliases: PolicyOptions['aliases']): Policy['alias'] {
  if (aliases === undefined) return (id) => id
  if (typeof aliases === 'function') return (id) => canonicalId(guarded(aliases, id))
  const { settled } = settleAliases(aliases)
  return (id) => settled.get(id) ?? id
}

/** The user's function runs on every comparison. What it throws or returns must not reach the judge. */
function guarded(alias: (id: string) => string, id: string): string {
  try {
    const resolved: unknown = alias(id)
    if (typeof resolved === 'string') return resolved
    // An async function can't be awaited here, and its rejection must not crash the app.
    if (resolved instanceof Promise) resolved.catch(() => {})
    return id
  } catch {
    return id
  }
}

function digestOf(options: PolicyOptions): string {
  const text = JSON.stringify(sorted({ ...options, profile: options.profile ?? 'standard' }))
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  )
}
