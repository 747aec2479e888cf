import type { Vendor } from './vendor.ts'

export const pydanticAi: Vendor = {
  name: 'pydantic-logfire',
  defined: 'https://github.com/pydantic/pydantic-ai',
  marks: [
    { key: 'pydantic_ai.all_messages', forms: [[/^/u, 'agent']] },
    {
      // Older Pydantic AI has neither operation nor kind, and some stores lose the scope.
      key: 'logfire.msg',
      onlyWith: { keys: ['gen_ai.tool.call.id', 'model_name', 'all_messages_events'], scopes: ['pydantic-ai'] },
      forms: [
        [/^running_tool(?:_|$)/u, 'tool'],
        [/^running_(?:\d+_)?tools?(?:_|$)/u, 'workflow'],
        [/_run$/u, 'agent'],
      ],
    },
  ],
  names: [
    {
      scopes: ['pydantic-ai'],
      forms: [
        [/^running tool(?:$|: )/u, 'tool'],
        [/^running (?:\d+ |\{)?tools?(?:$|\W)/u, 'workflow'],
        [/^[^ ].* run(?: \{prompt=\})?$/u, 'agent'],
        [/^(?:chat |model request$)/u, 'llm'],
      ],
    },
  ],
  producer: { scopes: ['pydantic-ai'] },
  agentNameIn: { after: / run$/u },
  toolNameIn: [/running tools?/u],
}
