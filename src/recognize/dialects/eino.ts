import type { Meaning } from './marker.ts'
import type { Vendor } from './vendor.ts'

const COMPONENTS = {
  agent: 'agent',
  agentic_agent: 'agent',
  tool: 'tool',
  chat_model: 'llm',
  agentic_model: 'llm',
  embedding: 'llm',
  retriever: 'retriever',
  graph: 'workflow',
  chain: 'workflow',
  workflow: 'workflow',
  lambda: 'workflow',
  tools_node: 'workflow',
  agentic_tools_node: 'workflow',
  chat_template: 'workflow',
} as const satisfies Readonly<Record<string, Meaning>>

/** CloudWeGo's framework for Go. Its callbacks differ in what they write, but all name a span after the component. */
export const eino: Vendor = {
  name: 'eino',
  defined: 'https://github.com/cloudwego/eino-ext/tree/main/callbacks',
  marks: [
    {
      key: 'runinfo.component',
      values: COMPONENTS,
      before: { key: 'gen_ai.span.kind', why: 'Its root span is always a workflow there, whatever it runs.' },
    },
  ],
  names: [
    {
      scopes: ['github.com/cloudwego/eino-ext/callbacks/opentelemetry'],
      forms: [
        [/Agent$/u, 'agent'],
        [/Tool$/u, 'tool'],
        [/(?:ChatModel|Embedding)$/u, 'llm'],
        [/Retriever$/u, 'retriever'],
        [/(?:Graph|Chain|Workflow|Lambda|ToolsNode|ChatTemplate)$/u, 'workflow'],
      ],
    },
  ],
  producer: { scopePrefixes: ['github.com/cloudwego/eino-ext/callbacks'], systems: ['eino'] },
  entity: { key: 'runinfo.name' },
  calledAfter: true,
  // A component without a name is called after its kind.
  noToolNames: ['Tool', 'ToolsNode', 'AgenticToolsNode'],
}
