import type { SpanShape } from '../../model/span.ts'
import { kept, textOf } from '../../base/attribute-value.ts'
import { VENDORS } from './index.ts'
import type { AgentNameIn } from './vendor.ts'

/** The tool that a tool span's name states, if no attribute does. */
export function toolInName(span: SpanShape, dialect: string): string | undefined {
  return inName(span, dialect, BEFORE_TOOL, AFTER_TOOL)
}

/** The agent that an agent span's name states, if no attribute does. */
export function agentInName(span: SpanShape, dialect: string): string | undefined {
  const own = AGENT_NAMES_IN.get(dialect)
  if (own?.programs !== undefined) return programOf(span, own.programs)
  const name = inName(span, dialect, BEFORE_AGENT, own?.after ?? AFTER_AGENT)
  return name === undefined || isModel(span, name) ? undefined : name
}

export const BEFORE_TOOL = new RegExp(
  [
    String.raw`(?:${sources('beforeToolNameIn')})?(?:${sources('toolNameIn')})(?:[\s:]+|$)`,
    ...VENDORS.flatMap(({ toolNameAfter }) => toolNameAfter ?? []).map(({ source }) => source),
  ]
    .map((one) => `^${one}`)
    .join('|'),
  'iu',
)
export const AFTER_TOOL = /\.tool$/u
export const BEFORE_AGENT = new RegExp(
  [
    String.raw`(?:invoke_agent|create_agent|agent_run)(?:[\s:]+|$)`,
    String.raw`(?:invoke )?agent(?: run)?:\s*`,
    ...VENDORS.flatMap(({ agentNameAfter }) => agentNameAfter ?? []).map(({ source }) => source),
  ]
    .map((one) => `^${one}`)
    .join('|'),
  'iu',
)
export const AFTER_AGENT = /\.(?:agent|workflow|task)$/u
/** By dialect, if the words around an agent in a name are specific to the dialect. */
export const AGENT_NAMES_IN: ReadonlyMap<string, AgentNameIn> = new Map(
  VENDORS.flatMap(({ name, agentNameIn }) => (agentNameIn === undefined ? [] : [[name, agentNameIn] as const])),
)
/**
 * The method that an instrumentation wrapped, if the span is named after it: `get_weather.__call__`, `CodeAgent.run`.
 */
export const WRAPPED_METHOD =
  /\.(?:_{0,2}a?(?:call|run|invoke|execute)_{0,2}|_?execute_(?:core|task)|kickoff(?:_async)?)$/u

/** The span name that an author chose counts in full, whatever it ends in. */
export const NAMED_BY_HAND = 'attribution'

/** Dialects that name a span after the tool or the agent itself, with nothing before it. */
export const CALLED_AFTER: ReadonlySet<string> = new Set(
  [NAMED_BY_HAND, ...VENDORS.filter(({ calledAfter }) => calledAfter).map(({ name }) => name)].toSorted(),
)

/** What instrumentations call a span when they don't know a better name. */
export const NO_NAMES: ReadonlySet<string> = new Set([
  'agent',
  'agent workflow',
  'workflow',
  'tool',
  'function',
  'unknown',
])

function sources(of: 'beforeToolNameIn' | 'toolNameIn'): string {
  return VENDORS.flatMap((vendor) => vendor[of] ?? [])
    .map(({ source }) => source)
    .join('|')
}

function inName(span: SpanShape, dialect: string, before: RegExp, after: RegExp): string | undefined {
  const name = textOf(span.name)
  if (name === undefined) return undefined
  const rest = name.replace(before, '').replace(after, '').trim()
  if (rest === name && !CALLED_AFTER.has(dialect)) return undefined
  const isWrapped = rest === name && dialect !== NAMED_BY_HAND
  const called = isWrapped ? rest.replace(WRAPPED_METHOD, '') : rest
  const told = called.replace(/^\[([^\]]+)\]$/u, '$1').replace(/^'([^']+)'.*$/u, '$1')
  return told === '' || NO_NAMES.has(told.toLowerCase()) || told.includes('{') ? undefined : kept(told)
}

/** The AI SDK writes the model after `invoke_agent`. */
function isModel({ attributes }: SpanShape, name: string): boolean {
  return name === attributes['gen_ai.request.model'] || name === attributes['gen_ai.response.model']
}

function programOf(
  { name, instrumentationScope }: SpanShape,
  programs: NonNullable<AgentNameIn['programs']>,
): string | undefined {
  return programs.find(({ named, scope }) => named?.test(name) === true || scope.test(instrumentationScope.name))?.name
}
