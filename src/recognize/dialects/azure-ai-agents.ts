import type { Vendor } from './vendor.ts'

export const azureAiAgents: Vendor = {
  name: 'azure-ai-agents',
  defined: 'https://github.com/Azure/azure-sdk-for-python',
  producer: { systems: ['az.ai.agents', 'microsoft.foundry'] },
}
