import type { Vendor } from './vendor.ts'

export const vllm: Vendor = {
  name: 'vllm',
  defined: 'https://github.com/vllm-project/vllm',
  names: [{ scopes: ['vllm.llm_engine'], forms: [[/^llm_request$/u, 'llm']] }],
}
