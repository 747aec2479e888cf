import type { Vendor } from './vendor.ts'

export const semanticKernel: Vendor = {
  name: 'semantic-kernel',
  defined: 'https://github.com/microsoft/semantic-kernel',
  // The loop around the tool calls of one answer, in Python. The .NET one has an operation.
  marks: [{ key: 'sk.available_functions', forms: [[/^/u, 'workflow']] }],
  producer: { scopePrefixes: ['Microsoft.SemanticKernel', 'semantic_kernel'] },
}
