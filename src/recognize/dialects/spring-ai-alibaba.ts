import type { Vendor } from './vendor.ts'

export const springAiAlibaba: Vendor = {
  name: 'spring-ai-alibaba',
  defined: 'https://github.com/alibaba/spring-ai-alibaba/tree/main/spring-ai-alibaba-graph-core',
  marks: [
    {
      key: 'spring.ai.alibaba.kind',
      values: { graph: 'workflow', graph_node: 'workflow', graph_edge: 'workflow' },
    },
  ],
}
