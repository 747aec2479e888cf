import type { Form, Marker, Meaning } from './marker.ts'

/** The operations of the GenAI conventions, and those that instrumentations have added where no form fits them. */
const OPERATIONS: Readonly<Record<string, Meaning>> = {
  invoke_agent: 'agent',
  create_agent: 'creation',
  execute_tool: 'tool',
  chat: 'llm',
  text_completion: 'llm',
  generate_content: 'llm',
  embeddings: 'llm',
  retrieval: 'retriever',
  invoke_workflow: 'workflow',
  plan: 'workflow',
  apply_guardrail: 'guardrail',
  // Gemini CLI: a turn of the agent, and the tool calls of one answer.
  user_prompt: 'agent',
  schedule_tool_calls: 'workflow',
  // Azure AI Agents: a run of a hosted agent.
  process_thread_run: 'agent',
  start_thread_run: 'agent',
  // OpenLIT, Langtrace, Spring AI.
  framework: 'workflow',
  vectordb: 'retriever',
  team: 'workflow',
  graph_execution: 'workflow',
  tool_coordination: 'workflow',
  image: 'llm',
  audio: 'llm',
  speech: 'llm',
  transcription: 'llm',
  translate: 'llm',
  speech_to_text: 'llm',
  text_to_speech: 'llm',
  model_request: 'llm',
  response: 'llm',
  responses: 'llm',
  request: 'llm',
}

/**
 * What an operation means that nobody has listed. The order matters: to manage agents is not to run one, a chunk or a
 * session is no call, an `agent_step` is a step, and a memory that is written is an act while one that is read is
 * retrieval. A word in no form (`span`, `function`, `custom`, `send_message`) marks nothing.
 */
const FORMS: readonly Form[] = [
  [/^create_(?:[a-z0-9_]*_)?(?:sub)?agent$/u, 'creation'],
  [
    /^(?:create|delete|update|upsert|get|list|publish|register|discover)_(?:[a-z0-9_]*_)?(?:agent|assistant|tool|thread|session|message|run|prompt|task|workflow|node|step|model|memory_store)s?$/u,
    undefined,
  ],
  [/(?:^|_)(?:chunk|session|event)$/u, undefined],
  [/(?:^|_)guard(?:rails?)?(?:_|$)|(?:^|_)(?:evaluat|moderat|scor(?:e|er|ing)(?:_|$))/u, 'guardrail'],
  [/(?:^|_)(?:tool|tool_call|tool_execution|function_call)$|^(?:execute|call|invoke|run)_(?:tool|function)/u, 'tool'],
  [/^(?:search|get|list|retrieve|read|query|recall|load)_(?:[a-z0-9_]*_)?memor(?:y|ies)$/u, 'retriever'],
  [/_memor(?:y|ies)$/u, 'tool'],
  [/retriev|rerank|(?:^|_)(?:vector|semantic|document|knowledge)_(?:search|query)$/u, 'retriever'],
  [/(?:^|_)handoff$/u, 'workflow'],
  [
    /(?:^|_)(?:workflow|chain|graph|flow|crew|pipeline|task|step|cycle|node|turn|prompt|mapping)(?:_run|_execution)?$/u,
    'workflow',
  ],
  [/(?:^|_)workflow_/u, 'workflow'],
  [/(?:^|_)(?:chat|llm|completions?|embed|embeddings?|generation|inference|generate|stream)(?:_|$)/u, 'llm'],
  [/^(?:call|invoke)_model$|^model_(?:call|request)$/u, 'llm'],
  [/(?:^|_)agent(?:_run|_call|_invocation|_execution)?$|^(?:call|execute|invoke|run)_(?:sub)?agents?(?:_|$)/u, 'agent'],
  [/^invoke_/u, 'workflow'],
]

/** First in the table: an operation says more than a kind that some exporter derived from it. */
export const OPERATION: Marker = {
  dialect: 'otel-genai',
  key: 'gen_ai.operation.name',
  values: OPERATIONS,
  forms: FORMS,
}

/** Sentry spells the operation with a prefix, among the operations of everything else it traces. */
export const SENTRY_OPERATION: Marker = {
  dialect: 'sentry',
  key: 'sentry.op',
  values: {
    ...Object.fromEntries(Object.entries(OPERATIONS).map(([operation, meaning]) => [`gen_ai_${operation}`, meaning])),
    gen_ai_generate_text: 'llm',
    gen_ai_stream_text: 'llm',
    gen_ai_generate_object: 'llm',
    gen_ai_stream_object: 'llm',
    gen_ai_rerank: 'retriever',
    gen_ai_handoff: 'workflow',
    gen_ai_pipeline: 'workflow',
  },
}
