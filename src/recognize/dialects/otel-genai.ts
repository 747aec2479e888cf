import { AROUND_CALLS } from './around-calls.ts'
import { PATTERNS } from './kind-words.ts'
import { OPERATION_KEY } from './marker.ts'
import { OPERATIONS } from './operations.ts'
import type { Mark, Vendor } from './vendor.ts'

/** Attributes that only a model call has. */
const MODEL_CALL_KEYS: readonly string[] = [
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.response.id',
  'gen_ai.response.finish_reasons',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.prompt_tokens',
  'gen_ai.usage.completion_tokens',
]

/**
 * What HTTP, database and queue clients write. Some platforms copy the keys of the surrounding spans to these clients.
 */
const OTHER_CLIENT_KEYS: readonly string[] = [
  'http.request.method',
  'http.method',
  'db.system.name',
  'db.system',
  'messaging.system',
  'rpc.method',
  'feature_flag.key',
]

/**
 * Many vendors that only partly follow the conventions give a tool its name but no operation, or one of their own. If
 * the tool name was copied to a model call, an agent, a policy check on the tool or another library's client, the span
 * isn't a tool.
 */
const TOOL_NAME: Mark = {
  key: 'gen_ai.tool.name',
  unless: {
    keys: [...MODEL_CALL_KEYS, ...OTHER_CLIENT_KEYS],
    named: new RegExp(
      [
        String.raw`^(?:(?:invoke|create)_agent|agent[ _]run|chat|llm|text_completion|generate_content|embeddings?)(?:[\s.:/]|$)`,
        String.raw`(?:policy|permission)[._ ]?(?:check|decision|evaluat\w*|request)(?:\W|$)`,
        AROUND_CALLS.source,
      ].join('|'),
      'iu',
    ),
    operation:
      /^(?:list|get|create|register|update|remove|delete|load|submit|describe|discover)[_.\s/-]|[_.\s/-](?:list|results?|setup|session|event|chunk)$/iu,
  },
  forms: [[/^/u, 'tool']],
  last: 'It decides where nothing else does, not even the name of the span.',
}

/** An operation says more than a kind that some exporter derived from it, so it's checked before every kind. */
export const otelGenai: Vendor = {
  name: 'otel-genai',
  defined: 'https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-agent-spans.md',
  marks: [{ key: OPERATION_KEY, values: OPERATIONS, forms: PATTERNS }, TOOL_NAME],
  isShared: true,
  lateKeys: { user: ['gen_ai.user.id'], conversation: ['gen_ai.session.id'] },
  // OpenTelemetry's instrumentation of OpenAI Agents doesn't know an id, and writes this word on every span.
  noAgentIds: ['agent'],
}
