import type { SpanShape } from '../../model/span.ts'
import { SYSTEM_KEYS } from './named-spans.ts'

/** Who made a span that a shared convention marks: the most specific producer that its scope or keys tell. */
export function producerOf({ attributes, instrumentationScope }: SpanShape, dialect: string): string {
  const { name } = instrumentationScope
  const byScope = PRODUCER_SCOPES.get(name) ?? PRODUCER_SCOPE_PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[1]
  if (byScope !== undefined) return byScope
  const byKey = PRODUCER_KEYS.find(([key]) => attributes[key] !== undefined)?.[1]
  if (byKey !== undefined) return byKey
  const system = attributes[SYSTEM_KEYS[0]] ?? attributes[SYSTEM_KEYS[1]]
  return (typeof system === 'string' ? PRODUCER_SYSTEMS.get(system) : undefined) ?? dialect
}

export const PRODUCER_SCOPES: ReadonlyMap<string, string> = new Map([
  ['ai', 'vercel-ai'],
  ['gcp.vertex.agent', 'google-adk'],
  ['strands-agents', 'strands'],
  ['strands.telemetry.tracer', 'strands'],
  ['@mastra/otel-exporter', 'mastra'],
  ['Agent365Sdk', 'agent365'],
  ['agent_framework', 'ms-agent-framework'],
  ['pydantic-ai', 'pydantic-logfire'],
  ['langfuse-sdk', 'langfuse'],
  ['langsmith', 'langsmith'],
  ['genkit-tracer', 'genkit'],
  ['claude-code', 'coding-cli'],
  ['gemini-cli', 'coding-cli'],
  ['copilot-chat', 'coding-cli'],
  ['livekit-agents', 'livekit'],
])

export const PRODUCER_SCOPE_PREFIXES: readonly (readonly [string, string])[] = [
  ['@traceloop/', 'traceloop'],
  ['@arizeai/openinference', 'openinference'],
  ['openinference.', 'openinference'],
  ['openlit', 'openlit'],
  ['logfire', 'pydantic-logfire'],
  ['Microsoft.SemanticKernel', 'semantic-kernel'],
  ['semantic_kernel', 'semantic-kernel'],
  ['Experimental.Microsoft.Agents.AI', 'ms-agent-framework'],
  ['Microsoft.Agents.AI', 'ms-agent-framework'],
  ['autogen', 'autogen'],
  ['ai.koog', 'koog'],
  ['com.anthropic.claude_code', 'coding-cli'],
  ['codex', 'coding-cli'],
  ['amazon.opentelemetry.distro.', 'aws-distro'],
]

export const PRODUCER_KEYS: readonly (readonly [string, string])[] = [
  ['microsoft.tenant.id', 'agent365'],
  ['mastra.span.type', 'mastra'],
  ['ag2.span.type', 'ag2'],
  ['ai.operationId', 'vercel-ai'],
  ['sentry.op', 'sentry'],
  ['traceloop.span.kind', 'traceloop'],
  ['mcp.method.name', 'mcp-semconv'],
]

export const PRODUCER_SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['strands-agents', 'strands'],
  ['gcp.vertex.agent', 'google-adk'],
  ['spring_ai', 'spring-ai'],
  ['microsoft.agent_framework', 'ms-agent-framework'],
  ['az.ai.agents', 'azure-ai-agents'],
  ['microsoft.foundry', 'azure-ai-agents'],
])
