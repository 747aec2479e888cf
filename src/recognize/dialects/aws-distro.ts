import type { Vendor } from './vendor.ts'

export const awsDistro: Vendor = {
  name: 'aws-distro',
  defined: 'https://github.com/aws-observability/aws-otel-python-instrumentation',
  // AWS doesn't give LangChain's chains and graph nodes an operation.
  names: [
    { scopes: ['amazon.opentelemetry.distro.instrumentation.langchain'], forms: [[/^chain(?: |$)/u, 'workflow']] },
  ],
  producer: { scopePrefixes: ['amazon.opentelemetry.distro.'] },
}
