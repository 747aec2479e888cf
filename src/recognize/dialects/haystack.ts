import type { Vendor } from './vendor.ts'

export const haystack: Vendor = {
  name: 'haystack',
  defined: 'https://github.com/deepset-ai/haystack',
  marks: [
    {
      // The name of such a span says that a component ran. Its class says what kind of work that was.
      key: 'haystack.component.type',
      forms: [
        [/(?:generator|embedder|llm)$/u, 'llm'],
        [/(?:retriever|ranker)$/u, 'retriever'],
        [/(?:^|_)tool_invoker$/u, 'tool'],
        [/(?:^|_)agent$/u, 'agent'],
        [/^/u, 'workflow'],
      ],
    },
  ],
  names: [
    {
      prefix: 'haystack.',
      forms: [
        [/^(?:async_)?pipeline\.run$/u, 'workflow'],
        [/^agent\.run$/u, 'agent'],
        [/^agent\.step\.llm$/u, 'llm'],
        [/^agent\.step\.tool$/u, 'tool'],
        [/^agent\.step$/u, 'workflow'],
        [/^(?:component|chat_generator)\.run$/u, 'workflow'],
      ],
    },
  ],
  keys: { agentFunction: ['haystack.component.name'], ownTool: ['haystack.tool.name'] },
}
