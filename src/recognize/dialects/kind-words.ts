import type { Pattern, Marker, Meaning } from './marker.ts'

/** The words that most dialects share. */
const WORDS = {
  agent: 'agent',
  tool: 'tool',
  llm: 'llm',
  embedding: 'llm',
  workflow: 'workflow',
  chain: 'workflow',
  task: 'workflow',
  prompt: 'workflow',
  handoff: 'workflow',
  retriever: 'retriever',
  reranker: 'retriever',
  guardrail: 'guardrail',
  evaluator: 'guardrail',
} as const satisfies Readonly<Record<string, Meaning>>

/**
 * What an unlisted word means. The order matters: managing agents isn't running one; a chunk, a session or handing over
 * a result isn't a call; an `agent_step` is a step; writing a memory is an act, while reading one is retrieval. A word
 * that no form matches (`span`, `function`, `custom`, `send_message`) doesn't mark anything.
 */
export const PATTERNS: readonly Pattern[] = [
  [/^create_(?:[a-z0-9_]*_)?(?:sub)?agent$/u, 'creation'],
  [
    /^(?:add|archive|build|cancel|close|compile|configure|count|create|delete|deploy|deregister|describe|destroy|disable|discover|enable|export|fetch|get|import|init|initialize|list|load|open|pause|publish|refresh|register|reload|remove|rename|render|reset|save|select|setup|stop|terminate|unload|unregister|update|upsert|validate)_(?:[a-z0-9_]*_)?(?:agent|assistant|chain|crew|graph|memory_store|message|model|node|prompt|run|session|step|task|team|thread|tool|workflow)s?$/u,
    undefined,
  ],
  [/(?:^|_)(?:chunk|session|event|setup|(?:tool|function)_(?:call_)?results?)$/u, undefined],
  // AgentScope traces any function like this.
  [/^invoke_generic_function$/u, undefined],
  // Getting back a file, a job or a stored answer isn't retrieval of knowledge.
  [
    /(?:^|_)a?(?:assistant|batch|completion|file|job|model|response|run|session|thread|video)s?_retrieve(?:_|$)|^a?retrieve_(?:[a-z0-9_]*_)?(?:assistant|batch|completion|file|job|model|response|run|session|thread|video)(?:_|$)/u,
    undefined,
  ],
  // A proxy keeps what models answered, and manages it.
  [
    /^(?:archive|cancel|count|delete|export|list|save|update)_(?:[a-z0-9_]*_)?(?:chat|completion|conversation|embedding|generation|response)s?$/u,
    undefined,
  ],
  [/(?:^|_)guard(?:rails?)?(?:_|$)|(?:^|_)(?:evaluat|moderat|scor(?:e|er|ing)(?:_|$))/u, 'guardrail'],
  [/^(?:delegate|hand_?off|transfer)_to_|(?:^|_)(?:delegation|hand_?off|orchestration)$/u, 'workflow'],
  [
    /(?:^|_)(?:tool|tool_(?:call|execut|invo|run|use)[a-z]*|tools_call|function_call|code_execution)$|^(?:execute|call|invoke|run)_(?:code$|tool|function)/u,
    'tool',
  ],
  [
    /^(?:search|get|list|retrieve|read|query|recall|load)_(?:[a-z0-9_]*_)?memor(?:y|ies)$|(?:^|_)memory_(?:search|retriev|read|query|recall|get|list)/u,
    'retriever',
  ],
  [/_memor(?:y|ies)$|^memory_(?:add|create|delete|save|store|update|upsert|write)/u, 'tool'],
  [/_(?:cache(?:_[a-z]+)?|callback|health(?:_check)?|heartbeat|history|list|lookup|rate_limit)$/u, undefined],
  [/retriev|rerank|(?:^|_)(?:vector|semantic|similarity|hybrid|document|knowledge)_(?:search|query)$/u, 'retriever'],
  [/(?:^|_)agent_turn$/u, 'agent'],
  [
    /(?:^|_)(?:workflow|chain|graph|flow|crew|pipeline|task|step|cycle|node|turn|prompt|mapping|plan|planning)(?:_run|_execution)?$/u,
    'workflow',
  ],
  [/(?:^|_)workflow_/u, 'workflow'],
  [
    /(?:^|_)(?:chat|llm|completions?|embed|embeddings?|generation|inference)(?:_|$)|^(?:generate|stream)(?:_|$)/u,
    'llm',
  ],
  [/^(?:call|invoke)_model$|^model_(?:call|inference|invocation|invoke|request)$|(?:^|_)chat_model$/u, 'llm'],
  [
    /(?:^|_)(?:sub)?agent(?:_(?:run|call|invocation|invoke|execution|execute))?$|^(?:call|execute|invoke|run)_(?:sub)?agents?(?:_|$)/u,
    'agent',
  ],
  [/^invoke_/u, 'workflow'],
]

/** The values of a dialect that has a key for kinds: the shared words, its own ones, and the forms for the rest. */
export function kinds(own: Readonly<Record<string, Meaning>> = {}): Pick<Marker, 'values' | 'forms'> {
  return { values: { ...WORDS, ...own }, forms: PATTERNS }
}
