// Makes a span that has everything a span can have, and ends at once.
import { createTraceState, ROOT_CONTEXT, trace } from '@opentelemetry/api'

const context = (traceDigit, spanDigit, state) => ({
  traceId: traceDigit.repeat(32),
  spanId: spanDigit.repeat(16),
  traceFlags: 1,
  isRemote: true,
  traceState: createTraceState(state),
})
const parent = trace.setSpanContext(ROOT_CONTEXT, context('1', '2', 'a=1'))
const options = { attributes: { here: 'yes' }, links: [{ context: context('3', '4', 'b=2') }] }
const span = trace.getTracer('rich', '1').startSpan('rich', options, parent)
span.addEvent('seen', { by: 'me' })
span.setStatus({ code: 2, message: 'it failed' })
span.end()
process.exit(0)
