import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import {
  ASSURANCES,
  CONTEXT_TYPES,
  CREDENTIAL_TYPES,
  DECISION_OUTCOMES,
  PRINCIPAL_TYPES,
} from '../model/attribution.ts'
import type { AssuredFacet } from '../model/attribution.ts'
import { ACTOR, AUTHORITY, CONTEXT, identifyingNames, INTENT, PRINCIPAL } from '../model/facet-fields.ts'
import { ATTR } from '../model/names.ts'
import { CONTEXT_NAMES, HOST_IN_URL } from '../resolve/context.ts'
import {
  ACCOUNT_KEYS,
  AGENT_FUNCTION_KEYS,
  AGENT_ID_KEYS,
  AGENT_NAME_BESIDE,
  AGENT_NAME_KEYS,
  INSTALLATION_KEY,
  LOGIN_KEY,
  MCP_SERVER_KEYS,
  METADATA_KEYS,
  NO_AGENT_IDS,
  OF_INSTALLATION,
  OF_ONE_USER,
  SHARED_AGENT_ID_KEYS,
  SHARED_AGENT_NAME_KEYS,
  SHARED_TOOL_KEYS,
  TOOL_KEYS,
  USER_KEYS,
  USER_SPELLINGS,
  USER_STAND_IN_KEYS,
} from '../recognize/dialects/fact-keys.ts'
import {
  AFTER_AGENT,
  AFTER_TOOL,
  AGENT_NAMES_IN,
  BEFORE_AGENT,
  BEFORE_TOOL,
  CALLED_AFTER,
  NAMED_BY_HAND,
  NO_NAMES,
  WRAPPED_METHOD,
} from '../recognize/dialects/name-facts.ts'
import { ENTITIES } from '../recognize/dialects/entity.ts'
import { PLACEHOLDERS, UNEXPANDED } from '../identity/identity.ts'
import { ACTS_FOR_ITS_SERVICE } from '../resolve/resolve.ts'
import { MACHINE_LOGIN, OF_A_MACHINE, RESOURCE_USER_KEYS, TOOL_OF_ONE } from '../resolve/resource-user.ts'
import {
  all,
  any,
  asPlainText,
  asText,
  attribute,
  cache,
  first,
  forget,
  isMatch,
  isOneOf,
  isVisible,
  isWord,
  literal,
  re2,
  remove,
  replace,
  resource,
  set,
  when,
} from './ottl.ts'
import type { Group } from './ottl.ts'
import type { AppFact, Policy } from '../policy/policy.ts'
import type { Rulebook } from './rulebook.ts'
import type { Slot } from './slots.ts'
import { INHERITED, STAND_IN, USER } from './scratch.ts'

export const KIND = attribute(ATTR.span.kind)
/** Recognized, but not judged yet. */
export const IS_OPEN = `${KIND} != nil and ${attribute(ATTR.verdict)} == nil`
const DIALECT = attribute(ATTR.span.dialect)

/** The facets in the cache: `principal`, `actor`, `context`, each as its id, `intent`, and `decision` as its outcome. */
export function resolution({ policy }: Rulebook): readonly string[] {
  return [
    ...saidByItself(),
    ...principal(),
    ...tool(policy),
    ...agent(policy),
    ...actor(),
    ...context(),
    ...intent(),
    ...decision(),
  ]
}

const IS_OF_INSTALLATION = any(
  isMatch('span.name', OF_INSTALLATION.named),
  isMatch('scope.name', OF_INSTALLATION.scope),
)

/** Finds the user that a dialect names, on any span, for the groups that follow. */
export function userGroup({ policy }: Rulebook, ...conditions: readonly string[]): Group {
  const metadata = cache('metadata')
  const isUnnamed = `${cache('user')} == nil`
  const merge = METADATA_KEYS.flatMap((key) => {
    const value = attribute(key)
    return [
      when(`merge_maps(${metadata}, ${value}, "insert")`, isUnnamed, `IsMap(${value})`),
      when(`merge_maps(${metadata}, ParseJSON(${value}), "insert")`, isUnnamed, isMatch(value, /^\s*\{.*user/isu)),
    ]
  })
  return {
    comment: 'The user that a dialect names: by id, in what an app told its telemetry, or by what stands in for an id.',
    context: 'span',
    conditions: [[...conditions, `${attribute(USER)} == nil`].join(' and ')],
    statements: [
      set(cache('isInstallation'), 'true', IS_OF_INSTALLATION),
      ...first('user', appKeys(policy, 'user')),
      ...first('user', ACCOUNT_KEYS.map(attribute), `${cache('isInstallation')} == true`),
      ...first('user', [...USER_KEYS.keys()].map(attribute), `${cache('isInstallation')} == nil`),
      ...asPlainText('user'),
      set(metadata, '{}', isUnnamed, `${cache('isInstallation')} == nil`),
      ...merge,
      ...first(
        'user',
        USER_SPELLINGS.map((spelling) => `${metadata}[${literal(spelling)}]`),
      ),
      ...asText('user'),
      ...first('standIn', USER_STAND_IN_KEYS.map(attribute), isUnnamed),
      ...first('standIn', [attribute(LOGIN_KEY)], isUnnamed, isMatch('scope.name', OF_ONE_USER)),
      ...asPlainText('standIn'),
      set(attribute(USER), cache('user')),
      set(attribute(STAND_IN), cache('standIn')),
    ],
  }
}

/** Whether a span states attribution itself. If so, whatever is missing is missing, even if an ancestor has it. */
function saidByItself(): readonly string[] {
  const { actor: agentOf, decision: decided } = ATTR
  const facets = [PRINCIPAL, ACTOR, CONTEXT, INTENT, AUTHORITY].flatMap(identifyingNames)
  const said = [...facets, agentOf.chain, ATTR.correlation.id]
  const isDecided = all(
    `${attribute(decided.outcome)} != nil`,
    `not ${isWord(attribute(decided.assurance), ['inferred'])}`,
  )
  const isSaid = all(`${attribute(INHERITED)} == nil`, any(...said.map((key) => `${attribute(key)} != nil`), isDecided))
  return [set(cache('isSelfContained'), 'true', any('IsRootSpan()', isSaid))]
}

/** A value without a stated assurance is asserted. An unknown word counts only as a claim. */
function assurance(facet: AssuredFacet, isThere: string): readonly string[] {
  const stated = attribute(ATTR[facet].assurance)
  return [
    set(stated, '"asserted"', isThere, `not ${isVisible(stated)}`),
    set(stated, '"claimed"', isThere, `not ${isWord(stated, ASSURANCES)}`),
  ]
}

function infer(facet: AssuredFacet, isThere: string, source?: 'resource'): readonly string[] {
  const where = attribute(ATTR[facet].source)
  return [
    set(attribute(ATTR[facet].assurance), '"inferred"', isThere),
    ...(source === undefined ? [] : [set(where, literal(source), isThere)]),
  ]
}

function principal(): readonly string[] {
  const { id, type, issuer } = ATTR.principal
  const held = cache('principal')
  const [byUser, byResource] = [`${cache('principalSource')} == "user"`, `${cache('principalSource')} == "resource"`]
  return [
    ...first('principal', [attribute(id)]),
    ...asText('principal'),
    ...assurance('principal', `${held} != nil`),
    set(cache('principalType'), lower(attribute(type)), `${held} != nil`, isWord(attribute(type), PRINCIPAL_TYPES)),
    set(cache('principalIssuer'), attribute(issuer), `${held} != nil`, isVisible(attribute(issuer))),
    set(cache('statedPrincipal'), held),
    set(cache('user'), attribute(USER)),
    set(cache('namedUser'), cache('user')),
    set(cache('namedUser'), attribute(STAND_IN), `${cache('user')} == nil`),
    set(cache('principalSource'), '"user"', `${held} == nil`, `${cache('namedUser')} != nil`),
    set(held, cache('namedUser'), byUser),
    set(cache('principalType'), '"human"', byUser),
    ...infer('principal', byUser),
    set(cache('principalSource'), '"resource"', `${held} == nil`, isVisible(resource(id))),
    set(held, `String(${resource(id)})`, byResource),
    set(cache('principalType'), lower(resource(type)), byResource, isWord(resource(type), PRINCIPAL_TYPES)),
    set(cache('principalIssuer'), resource(issuer), byResource, isVisible(resource(issuer))),
    ...infer('principal', byResource, 'resource'),
    ...userOfProgram(),
    set(attribute(id), held, `${cache('principalSource')} != nil`),
    set(attribute(type), cache('principalType'), `${cache('principalSource')} != nil`),
    set(attribute(issuer), cache('principalIssuer'), byResource),
  ]
}

/** Last comes the program's user, and after that the machine it is installed on. */
function userOfProgram(): readonly string[] {
  const held = cache('principal')
  const [byProgram, byInstallation] = [
    `${cache('principalSource')} == "program"`,
    `${cache('principalSource')} == "installation"`,
  ]
  const login = resource(LOGIN_KEY)
  const isPersons = [
    isVisible(login),
    `not ${isWord(login, [...PLACEHOLDERS])}`,
    `not ${isMatch(login, UNEXPANDED)}`,
    `not ${isMatch(login, MACHINE_LOGIN)}`,
    any(isMatch(resource(ATTR_SERVICE_NAME), TOOL_OF_ONE), `not ${isMatch('resource.attributes', OF_A_MACHINE)}`),
  ]
  return [
    ...first('programUser', RESOURCE_USER_KEYS.map(resource)),
    set(cache('programUser'), login, `${cache('programUser')} == nil`, ...isPersons),
    ...asText('programUser'),
    set(cache('principalSource'), '"program"', `${held} == nil`, `${cache('programUser')} != nil`),
    set(held, cache('programUser'), byProgram),
    ...infer('principal', byProgram, 'resource'),
    set(
      cache('principalSource'),
      '"installation"',
      `${held} == nil`,
      IS_OF_INSTALLATION,
      isVisible(attribute(INSTALLATION_KEY)),
    ),
    set(held, attribute(INSTALLATION_KEY), byInstallation),
    ...asText('principal'),
    ...infer('principal', byInstallation),
    set(cache('principalType'), '"human"', any(byProgram, byInstallation)),
  ]
}

function lower(value: string): string {
  return `ToLowerCase(Trim(${value}))`
}

function appKeys({ appKeys: own }: Policy, fact: AppFact): readonly string[] {
  return (own?.of[fact] ?? []).map(attribute)
}

/** The tool that a tool span runs, by attribute, else by its name. */
function tool(policy: Policy): readonly string[] {
  const isTool = `${KIND} == "tool"`
  return [
    ...first('tool', appKeys(policy, 'tool'), isTool),
    ...first('tool', [...TOOL_KEYS, ...SHARED_TOOL_KEYS].map(attribute), isTool),
    ...asPlainText('tool'),
    ...entityName('tool', isTool),
    ...inName('tool', isTool, BEFORE_TOOL, AFTER_TOOL),
  ]
}

/** The agent that the dialect names: on an agent's own span by all keys, elsewhere by keys that mean an agent. */
function agent(policy: Policy): readonly string[] {
  const isAgent = `${KIND} == "agent"`
  const isNamed = any(isAgent, ...AGENT_NAME_BESIDE.map((key) => `${attribute(key)} != nil`))
  return [
    ...first('agentId', AGENT_ID_KEYS.map(attribute)),
    ...first('agentId', SHARED_AGENT_ID_KEYS.map(attribute), isAgent),
    ...asPlainText('agentId'),
    when(forget('agentId'), isOneOf(cache('agentId'), [...NO_AGENT_IDS])),
    ...first('agentName', appKeys(policy, 'agent')),
    ...first('agentName', AGENT_NAME_KEYS.map(attribute)),
    ...first('agentName', SHARED_AGENT_NAME_KEYS.map(attribute), isNamed),
    ...first('agentName', AGENT_FUNCTION_KEYS.map(attribute), isAgent),
    ...entityName('agentName', isAgent),
    ...asPlainText('agentName'),
    ...agentInName(isAgent),
  ]
}

function agentInName(isAgent: string): readonly string[] {
  const open = `${cache('agentName')} == nil`
  const ofPrograms = [...AGENT_NAMES_IN].filter(([, { programs }]) => programs !== undefined)
  const isNoProgram = ofPrograms.map(([dialect]) => `${DIALECT} != ${literal(dialect)}`)
  const told = cache('nameRemainder')
  const models = ['gen_ai.request.model', 'gen_ai.response.model'].map((key) => `${told} != ${attribute(key)}`)
  return [
    ...ofPrograms.flatMap(([dialect, { programs = [] }]) =>
      programs.map(({ name, named, scope }) =>
        set(
          cache('agentName'),
          literal(name),
          open,
          isAgent,
          `${DIALECT} == ${literal(dialect)}`,
          any(...(named === undefined ? [] : [isMatch('span.name', named)]), isMatch('scope.name', scope)),
        ),
      ),
    ),
    ...inName('agentName', [isAgent, ...isNoProgram].join(' and '), BEFORE_AGENT, AFTER_AGENT, models),
  ]
}

/** The slots that a span's name may fill. */
type NamedSlot = Extract<Slot, 'tool' | 'agentName'>

/** Keys that name what is called. Only the dialect tells whether that is an agent or a tool. */
function entityName(name: NamedSlot, where: string): readonly string[] {
  return [...ENTITIES].flatMap(([dialect, { key, beside, member, kind }]) => {
    if (kind !== undefined && kind !== (name === 'tool' ? 'tool' : 'agent')) return []
    const isMeant = [
      ...(beside === undefined ? [] : [`${attribute(beside)} != nil`]),
      ...(member === undefined ? [] : [isMatch(attribute(key), '^\\s*[{]')]),
    ]
    const value = member === undefined ? attribute(key) : `ParseJSON(${attribute(key)})[${literal(member)}]`
    return first(name, [value], where, `${DIALECT} == ${literal(dialect)}`, ...isMeant)
  })
}

/** What is left of a span's name without the words around the tool or agent, if it names one. */
function inName(
  name: NamedSlot,
  where: string,
  before: RegExp,
  after: RegExp,
  more: readonly string[] = [],
): readonly string[] {
  const told = cache('nameRemainder')
  const isOpen = [`${cache(name)} == nil`, where]
  const own = name === 'agentName' ? [...AGENT_NAMES_IN] : []
  const strips = own.flatMap(([dialect, its]) => (its.after === undefined ? [] : [[dialect, its.after] as const]))
  const strip = [
    remove(told, after, ...isOpen, ...strips.map(([dialect]) => `${DIALECT} != ${literal(dialect)}`)),
    ...strips.map(([dialect, own]) => remove(told, own, ...isOpen, `${DIALECT} == ${literal(dialect)}`)),
  ]
  const isCalledAfter = any(`${told} != span.name`, isOneOf(DIALECT, [...CALLED_AFTER]))
  return [
    set(told, 'span.name', ...isOpen, isVisible('span.name')),
    remove(told, before, ...isOpen),
    ...strip,
    set(cache('isNamedInName'), 'true', ...isOpen, isCalledAfter),
    remove(told, WRAPPED_METHOD, ...isOpen, `${told} == span.name`, `${DIALECT} != ${literal(NAMED_BY_HAND)}`),
    remove(told, re2(/^\s*\[|\]\s*$/u), ...isOpen, isMatch(told, /^\s*\[[^\]]+\]\s*$/u)),
    set(
      cache(name),
      `Trim(${told})`,
      ...isOpen,
      `${cache('isNamedInName')} == true`,
      isVisible(told),
      `not ${isWord(told, [...NO_NAMES])}`,
      `not ${isMatch(told, '\\{')}`,
      ...more,
    ),
  ]
}

function actor(): readonly string[] {
  const { id, name, chain } = ATTR.actor
  const held = cache('actor')
  const [byAgent, byResource] = [`${cache('actorSource')} == "agent"`, `${cache('actorSource')} == "resource"`]
  const service = resource(ATTR_SERVICE_NAME)
  const onResource = [id, name, 'gen_ai.agent.id', 'gen_ai.agent.name'].map(resource)
  const actsForService = isOneOf(KIND, [...ACTS_FOR_ITS_SERVICE])
  return [
    ...first('actor', [id, name].map(attribute)),
    ...asText('actor'),
    ...chainStatements(attribute(chain)),
    set(held, cache('chainLast'), `${held} == nil`, isVisible(cache('chainLast'))),
    ...assurance('actor', `${held} != nil`),
    set(cache('actorIssuer'), attribute(ATTR.actor.issuer), `${held} != nil`, isVisible(attribute(ATTR.actor.issuer))),
    set(cache('statedActor'), `String(${attribute(id)})`, isVisible(attribute(id))),
    set(cache('actorName'), `String(${attribute(name)})`, isVisible(attribute(name))),
    set(
      cache('actorSource'),
      '"agent"',
      `${held} == nil`,
      any(`${cache('agentId')} != nil`, `${cache('agentName')} != nil`),
    ),
    set(cache('actorName'), cache('agentName'), byAgent),
    ...first('actor', [cache('agentId'), cache('agentName')], byAgent),
    ...infer('actor', byAgent),
    set(cache('actorSource'), '"resource"', `${held} == nil`),
    ...first('actor', onResource, byResource),
    ...first('actor', [service], byResource, 'IsRootSpan()', actsForService),
    ...infer('actor', `${byResource} and ${held} != nil`, 'resource'),
    set(attribute(id), held, any(byAgent, byResource)),
    set(attribute(name), cache('actorName'), byAgent),
  ]
}

/** The chain as text, in the form in which its entries are compared, and its last entry as written. */
function chainStatements(stated: string): readonly string[] {
  const [chain, last] = [cache('chainText'), cache('chainLast')]
  return [
    set(chain, `String(${stated})`, isVisible(stated)),
    set(last, chain),
    replace(last, '^\\[(?:.*,)?\\s*"((?:[^"\\\\]|\\\\.)*)"\\s*\\]$', '$1'),
    set(chain, `ToLowerCase(${chain})`),
  ]
}

function context(): readonly string[] {
  const { id, type, credentialType } = ATTR.context
  const held = cache('context')
  const hasCredential = identifyingNames(CONTEXT)
    .filter((name) => name !== id)
    .map((key) => isVisible(attribute(key)))
  const isThere = any(`${held} != nil`, `${cache('hasCredential')} == true`)
  const isAct = any(`${KIND} == "tool"`, `${KIND} == "effect"`)
  const stated = attribute(ATTR.context.assurance)
  return [
    ...first('context', [attribute(id)]),
    ...asText('context'),
    set(cache('hasCredential'), 'true', any(...hasCredential)),
    ...assurance('context', isThere),
    set(
      cache('isCredentialUsable'),
      'true',
      `${cache('hasCredential')} == true`,
      `not ${isWord(stated, ['inferred'])}`,
    ),
    set(cache('credentialType'), lower(attribute(credentialType)), isWord(attribute(credentialType), CREDENTIAL_TYPES)),
    set(cache('usableCredentialType'), cache('credentialType'), `${cache('isCredentialUsable')} == true`),
    set(cache('contextSource'), '"resource"', `${held} == nil`, isAct, isVisible(resource(id))),
    set(held, `String(${resource(id)})`, `${cache('contextSource')} == "resource"`),
    ...infer('context', `${cache('contextSource')} == "resource"`, 'resource'),
    ...nameOfContext(isAct),
    ...infer('context', `${cache('contextSource')} == "name" and ${held} != nil`),
    set(attribute(id), held, `${cache('contextSource')} != nil`),
    set(
      attribute(type),
      cache('contextType'),
      `${cache('contextSource')} == "name"`,
      isWord(cache('contextType'), CONTEXT_TYPES),
    ),
  ]
}

/** A name on the span: good enough to tell where an act went, too weak for any identity rule. */
function nameOfContext(isAct: string): readonly string[] {
  const held = cache('context')
  const typed = (type: string) =>
    set(cache('contextType'), literal(type), `${cache('contextType')} == nil`, `${held} != nil`)
  const byName = `${cache('contextSource')} == "name"`
  const names = CONTEXT_NAMES.flatMap(({ key, type, form }) => [
    ...placeStatements(attribute(key), form, byName),
    typed(type),
  ])
  return [
    set(cache('contextSource'), '"name"', `${held} == nil`, isAct),
    ...first('context', MCP_SERVER_KEYS.map(attribute), `${cache('contextSource')} == "name"`),
    typed('mcp_server'),
    set(held, cache('tool'), `${cache('contextSource')} == "name"`, `${held} == nil`),
    set(cache('contextType'), '""', `${held} != nil`, `${cache('contextType')} == nil`),
    ...names,
    set(held, 'scope.name', byName, `${held} == nil`, `${KIND} == "effect"`, isVisible('scope.name')),
    set(cache('contextType'), '""', `${held} != nil`, `${cache('contextType')} == nil`),
  ]
}

/** A name in the form that its key has: a text, the host of an address, the first of a list. */
function placeStatements(value: string, form: 'url' | 'list' | undefined, byName: string): readonly string[] {
  const held = cache('context')
  const isOpen = [`${held} == nil`, byName]
  if (form === undefined) return first('context', [value], byName)
  if (form === 'url') {
    return [
      set(cache('host'), value, ...isOpen, isMatch(value, HOST_IN_URL)),
      replace(cache('host'), `${re2(HOST_IN_URL)}.*$`, '${1}', ...isOpen),
      set(held, cache('host'), ...isOpen, isVisible(cache('host'))),
    ]
  }
  return [
    set(cache('listed'), `${value}[0]`, ...isOpen, `IsList(${value})`),
    set(cache('listed'), `ParseJSON(${value})[0]`, ...isOpen, isMatch(value, '^\\s*\\[')),
    set(cache('listed'), value, ...isOpen, `IsString(${value})`, `not ${isMatch(value, '^\\s*\\[')}`),
    set(held, cache('listed'), ...isOpen, isVisible(cache('listed'))),
  ]
}

function intent(): readonly string[] {
  const names = identifyingNames(INTENT)
  const held = cache('intent')
  const byResource = `${cache('intentSource')} == "resource"`
  return [
    ...first('intent', names.map(attribute)),
    ...asText('intent'),
    ...assurance('intent', `${held} != nil`),
    set(cache('intentSource'), '"resource"', `${held} == nil`, any(...names.map((key) => isVisible(resource(key))))),
    ...names.map((key) => set(attribute(key), resource(key), byResource)),
    set(held, '"resource"', byResource),
    ...infer('intent', byResource, 'resource'),
  ]
}

/** As the span states it, or as the previous group found it in another convention. */
function decision(): readonly string[] {
  const stated = attribute(ATTR.decision.outcome)
  const held = cache('decision')
  const { binding, principalAllowed, unevaluated, assurance: sureness } = ATTR.decision
  const isSure = any(`${held} == nil`, `not ${isWord(attribute(sureness), ['claimed', 'inferred'])}`)
  const isTold = any(`${held} != nil`, `not ${isWord(attribute(sureness), ['claimed'])}`)
  const flag = (slot: Slot, name: string, ...where: readonly string[]) =>
    set(cache(slot), `ToLowerCase(Trim(String(${attribute(name)})))`, ...where, isVisible(attribute(name)))
  return [
    set(held, lower(stated), isWord(stated, DECISION_OUTCOMES)),
    ...assurance('decision', `${held} != nil`),
    ...first('decisionBinding', [attribute(binding)], `${held} != nil`),
    ...first('actionBinding', [attribute(ATTR.action.binding)]),
    ...(['decisionBinding', 'actionBinding'] as const).flatMap((slot) => [
      ...asText(slot),
      set(cache(slot), `Trim(${cache(slot)})`, `${cache(slot)} != nil`),
    ]),
    ...first('unevaluated', [attribute(unevaluated)], isTold),
    flag('principalAllowed', principalAllowed, `${held} != nil`),
    flag('wouldDeny', ATTR.wouldDeny, isSure),
  ]
}
