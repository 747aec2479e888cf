import type { SpanShape } from '../../model/span.ts'
import type { Recognition } from '../recognize.ts'
import { textOf } from '../stated.ts'

/** The tool that a tool span's name tells, where no attribute does. */
export function toolInName(span: SpanShape, { dialect }: Recognition): string | undefined {
  return inName(span, BEFORE_TOOL, AFTER_TOOL, CALLED_AFTER_TOOL.has(dialect))
}

/** The agent that an agent span's name tells, where no attribute does. */
export function agentInName(span: SpanShape, { dialect }: Recognition): string | undefined {
  if (dialect === 'coding-cli') return programOf(span)
  const name = inName(span, BEFORE_AGENT, AFTER_AGENT, CALLED_AFTER_AGENT.has(dialect))
  return name === undefined || isModel(span, name) ? undefined : name
}

const BEFORE_TOOL =
  /^(?:mcp (?:send|request:|server handle request:) )?(?:execute_tool|tools\/call|running tool:|running tool|running tools|ai\.toolCall|claude_code\.tool|handle_tool_call|function_tool|tool call|tool)(?:[\s:]+|$)/iu
const AFTER_TOOL = /\.tool$/u
const BEFORE_AGENT = /^(?:invoke_agent|create_agent|agent_run|invoke agent|agent run|agent)(?:[\s:]+|$)/iu
const AFTER_AGENT = /\.agent$| run$/u

/** Dialects that call a span after the tool itself, with nothing before it. */
const CALLED_AFTER_TOOL: ReadonlySet<string> = new Set([
  'agentops',
  'attribution',
  'braintrust',
  'genkit',
  'langfuse',
  'langsmith',
  'langwatch',
  'laminar',
  'mlflow',
  'openinference',
  'traceloop',
])

/** The same for agents; a Traceloop span says so behind the name. */
const CALLED_AFTER_AGENT: ReadonlySet<string> = new Set(
  [...CALLED_AFTER_TOOL].filter((dialect) => dialect !== 'traceloop'),
)

/** What instrumentations call a span of which they know nothing better. */
const NO_NAMES: ReadonlySet<string> = new Set(['agent', 'agent workflow', 'workflow', 'tool', 'function', 'unknown'])

function inName(span: SpanShape, before: RegExp, after: RegExp, isBare: boolean): string | undefined {
  const name = textOf(span.name)
  if (name === undefined) return undefined
  const rest = name.replace(before, '').replace(after, '').trim()
  if (rest === name && !isBare) return undefined
  const told = rest.replace(/^\[([^\]]+)\]$/u, '$1')
  return told === '' || NO_NAMES.has(told.toLowerCase()) || told.includes('{') ? undefined : told
}

/** The AI SDK writes the model behind `invoke_agent`. */
function isModel({ attributes }: SpanShape, name: string): boolean {
  return name === attributes['gen_ai.request.model'] || name === attributes['gen_ai.response.model']
}

function programOf({ name, instrumentationScope }: SpanShape): string | undefined {
  if (name.startsWith('claude_code.') || instrumentationScope.name.includes('claude')) return 'claude-code'
  return instrumentationScope.name.startsWith('codex') ? 'codex' : undefined
}
