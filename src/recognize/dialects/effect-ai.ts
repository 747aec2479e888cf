import type { Vendor } from './vendor.ts'

/** Effect names a span after the function, and the tracer after the app. */
export const effectAi: Vendor = {
  name: 'effect-ai',
  defined: 'https://github.com/Effect-TS/effect',
  names: [
    { prefix: 'LanguageModel.', forms: [[/^(?:generateText|streamText|generateObject)$/u, 'llm']] },
    { prefix: 'EmbeddingModel.', forms: [[/^embed(?:Many)?$/u, 'llm']] },
    { prefix: 'Toolkit.', forms: [[/^handle$/u, 'tool']] },
  ],
  entity: { key: 'tool' },
}
