import type { Vendor } from './vendor.ts'

export const nemoGuardrails: Vendor = {
  name: 'nemo-guardrails',
  defined: 'https://github.com/NVIDIA-NeMo/Guardrails/blob/develop/nemoguardrails/tracing/constants.py',
  names: [
    {
      prefix: 'guardrails.',
      forms: [
        [/^(?:rail|action)$/u, 'guardrail'],
        [/^request$/u, 'workflow'],
      ],
    },
  ],
}
