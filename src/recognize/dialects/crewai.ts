import type { Vendor } from './vendor.ts'

export const crewai: Vendor = {
  name: 'crewai',
  defined: 'https://github.com/crewAIInc/crewAI',
  names: [
    {
      // Everything else in CrewAI's own telemetry (`Crew Created`, `Tool Usage Error`) is an event.
      scopes: ['crewai.telemetry'],
      forms: [
        [/^(?:Crew|Task|Flow) Execution$/u, 'workflow'],
        [/^Tool Usage$/u, 'tool'],
      ],
    },
  ],
  keys: {
    ownAgentId: ['crewai.agent.id'],
    agentFunction: ['crewai.agent.role', 'crewai.task.agent', 'crewai.crew.name'],
  },
}
