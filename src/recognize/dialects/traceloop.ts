import { kinds } from './kind-words.ts'
import { LITELLM_CALLS } from './operations.ts'
import type { Vendor } from './vendor.ts'

export const traceloop: Vendor = {
  name: 'traceloop',
  defined: 'https://github.com/traceloop/openllmetry-js',
  marks: [
    { key: 'traceloop.span.kind', ...kinds() },
    { key: 'llm.request.type', ...kinds(LITELLM_CALLS) },
  ],
  names: [
    {
      // OpenLLMetry marks CrewAI's agents and tasks, but not the crew and the model.
      scopes: ['opentelemetry.instrumentation.crewai.instrumentation', 'opentelemetry.instrumentation.crewai'],
      forms: [
        [/^crewai\.workflow$/u, 'workflow'],
        [/\.llm$/u, 'llm'],
      ],
    },
  ],
  producer: { scopePrefixes: ['@traceloop/'], keys: ['traceloop.span.kind'] },
  keys: {
    userStandIn: ['llm.user'],
    ownAgentVersion: ['traceloop.entity.version'],
    agentFunction: ['traceloop.entity.name'],
    ownTool: ['traceloop.entity.name'],
  },
  metadata: ['traceloop.association.properties'],
  associations: ['traceloop.association.properties.'],
  // What it writes for LangChain's tools: the class that they all have.
  noToolNames: ['DynamicStructuredTool', 'DynamicTool', 'StructuredTool'],
  mcp: {
    scopes: [
      '@traceloop/instrumentation-mcp',
      'opentelemetry.instrumentation.mcp.instrumentation',
      'opentelemetry.instrumentation.mcp',
    ],
    kindKey: 'traceloop.span.kind',
  },
  calledAfter: true,
}
