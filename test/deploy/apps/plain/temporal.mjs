// Hands spans over as a Temporal worker does, through its own function; no span of a workflow is seen when it starts.
import { makeWorkflowExporter } from '@temporalio/interceptors-opentelemetry'
import { attribution, flush } from 'onbehalf'

const [pipeline] = attribution().spanProcessors
const sink = makeWorkflowExporter(pipeline, { attributes: { 'service.name': 'worker' }, merge: () => {} })

const span = (name, spanId, parentSpanId, attributes) => ({
  name,
  kind: 0,
  spanContext: { traceId: '1'.repeat(32), spanId, traceFlags: 1 },
  parentSpanId,
  startTime: [1_790_000_000, 0],
  endTime: [1_790_000_001, 0],
  duration: [1, 0],
  status: { code: 0 },
  attributes,
  links: [],
  events: [],
  ended: true,
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
  instrumentationLibrary: { name: '@temporalio/interceptor-workflow', version: '' },
})
const AGENT = {
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.agent.name': 'buyer',
  'user.id': 'kai@contoso.com',
  'attribution.intent.summary': 'order',
}
const TOOL = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'order' }
sink.export.fn({ workflowId: 'w-1' }, [
  span('RunWorkflow:order', 'a'.repeat(16), undefined, AGENT),
  span('execute order', 'b'.repeat(16), 'a'.repeat(16), TOOL),
])
await flush()
