import type { Vendor } from './vendor.ts'

export const quarkusLangchain4j: Vendor = {
  name: 'quarkus-langchain4j',
  defined: 'https://github.com/quarkiverse/quarkus-langchain4j',
  names: [
    {
      prefix: 'langchain4j.',
      forms: [
        [/^aiservices\./u, 'agent'],
        [/^tools\./u, 'tool'],
      ],
    },
  ],
  toolNameAfter: [/langchain4j\.tools\./u],
  // An AI service is named after its class and the method that was called.
  agentNameAfter: [/langchain4j\.aiservices\./u],
  agentNameIn: { after: /\.\w+$/u },
}
