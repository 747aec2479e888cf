import type { Vendor } from './vendor.ts'

export const n8n: Vendor = {
  name: 'n8n',
  defined: 'https://github.com/n8n-io/n8n',
  marks: [
    {
      // n8n automates anything, so only the nodes of its model package belong to an agent.
      key: 'n8n.node.type',
      forms: [
        [/_nodes_langchain_agent(?:_tool)?$/u, 'agent'],
        [/_nodes_langchain_(?:mcp_client_)?tool/u, 'tool'],
        [/_nodes_langchain_(?:lm|embeddings)_/u, 'llm'],
        [/_nodes_langchain_(?:retriever|reranker|vector_store)/u, 'retriever'],
        [/_nodes_langchain_chain_/u, 'workflow'],
      ],
    },
  ],
  keys: { agentFunction: ['n8n.node.name'], ownTool: ['n8n.node.name'] },
}
