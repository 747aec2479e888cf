import type { Vendor } from './vendor.ts'

export const dify: Vendor = {
  name: 'dify',
  defined: 'https://github.com/langgenius/dify',
  marks: [
    {
      // A Dify workflow runs models, and its nodes are the nodes of a graph.
      key: 'dify.node.type',
      values: {
        agent: 'agent',
        tool: 'tool',
        llm: 'llm',
        question_classifier: 'llm',
        parameter_extractor: 'llm',
        knowledge_retrieval: 'retriever',
      },
      forms: [[/^/u, 'workflow']],
    },
  ],
  keys: { agentFunction: ['dify.node.title'], ownTool: ['dify.node.title'] },
  lateKeys: { conversation: ['dify.conversation.id'] },
}
