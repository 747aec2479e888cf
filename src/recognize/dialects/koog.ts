import type { Vendor } from './vendor.ts'

export const koog: Vendor = {
  name: 'koog',
  defined: 'https://github.com/JetBrains/koog',
  // Its nodes, subgraphs and strategies have a key but no operation.
  marks: ['koog.node.id', 'koog.subgraph.id', 'koog.strategy.name'].map((key) => ({
    key,
    forms: [[/^/u, 'workflow']],
  })),
  producer: { scopePrefixes: ['ai.koog'] },
}
