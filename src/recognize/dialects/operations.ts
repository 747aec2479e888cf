import type { Meaning } from './marker.ts'

/** LiteLLM writes the called function as the operation or as the request, with an `a` before asynchronous ones. */
export const LITELLM_CALLS: Readonly<Record<string, Meaning>> = {
  acompletion: 'llm',
  aembedding: 'llm',
  responses: 'llm',
  aresponses: 'llm',
  anthropic_messages: 'llm',
  aanthropic_messages: 'llm',
  speech: 'llm',
  aspeech: 'llm',
  transcription: 'llm',
  atranscription: 'llm',
}

/** The operations of the GenAI conventions, and those that instrumentations have added and that no form matches. */
export const OPERATIONS: Readonly<Record<string, Meaning>> = {
  ...LITELLM_CALLS,
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
  run_guardrail: 'guardrail',
  // What a policy says about an act. The act itself runs below it.
  execute_authorization: 'guardrail',
  // LiveKit; tRPC's agents in Go; AWS for LlamaIndex.
  judge: 'guardrail',
  run_runner: 'workflow',
  synthesize: 'workflow',
  // Gemini CLI: a turn of the agent, and the tool calls of one answer.
  user_prompt: 'agent',
  schedule_tool_calls: 'workflow',
  // Azure AI Agents: a run of a hosted agent.
  process_thread_run: 'agent',
  start_thread_run: 'agent',
  // .NET: the loop around the tool calls of one answer, and a turn of a realtime session.
  orchestrate_tools: 'workflow',
  realtime: 'llm',
  // OpenLIT, Langtrace, Spring AI.
  framework: 'workflow',
  vectordb: 'retriever',
  team: 'workflow',
  graph_execution: 'workflow',
  tool_coordination: 'workflow',
  image: 'llm',
  audio: 'llm',
  video: 'llm',
  translate: 'llm',
  transliterate: 'llm',
  language_identification: 'llm',
  speech_to_text: 'llm',
  speech_to_text_translate: 'llm',
  text_to_speech: 'llm',
  model_request: 'llm',
  response: 'llm',
  request: 'llm',
  messages: 'llm',
  stt: 'llm',
  tts: 'llm',
}
