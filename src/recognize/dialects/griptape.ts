import type { Vendor } from './vendor.ts'

export const griptape: Vendor = {
  name: 'griptape',
  defined:
    'https://github.com/griptape-ai/griptape/blob/main/griptape/drivers/observability/open_telemetry_observability_driver.py',
  names: [
    {
      // Its spans are named after a class and a method, such as `CalculatorTool.run()`.
      scopes: ['griptape'],
      forms: [
        [/^\w*Agent\.(?:try_)?run\(\)$/u, 'agent'],
        [/^\w*Tool\.(?:try_)?run\(\)$/u, 'tool'],
        [/^\w*PromptDriver\.run\(\)$/u, 'llm'],
        [/^(?:\w*(?:Pipeline|Workflow|Task))\.(?:try_)?run\(\)$/u, 'workflow'],
      ],
    },
  ],
  agentNameIn: { after: /\.(?:try_)?run\(\)$/u },
  calledAfter: true,
}
