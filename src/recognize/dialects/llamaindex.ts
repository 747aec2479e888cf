import type { Vendor } from './vendor.ts'

export const llamaindex: Vendor = {
  name: 'llamaindex',
  defined: 'https://github.com/run-llama/llama_index',
  names: [
    {
      scopes: ['llamaindex.opentelemetry.tracer'],
      forms: [
        [/Retriever\.a?_?a?retrieve/u, 'retriever'],
        [/(?:Rerank\w*|Postprocessor)\.a?postprocess/u, 'retriever'],
        [/Tool\.a?call/u, 'tool'],
        [/Agent(?:Workflow|Runner)?\.(?:run|a?chat|astream_chat|stream_chat)\b/u, 'agent'],
        [/Embedding\w*\.a?_?get/u, 'llm'],
        [/\.a?(?:stream_)?(?:chat|complete|predict)\b/u, 'llm'],
        [/(?:Workflow\.run|QueryEngine\.a?query)\b/u, 'workflow'],
      ],
    },
  ],
}
