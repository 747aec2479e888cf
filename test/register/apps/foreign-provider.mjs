// A tracer provider of somebody's own making.
import { trace } from '@opentelemetry/api'

class ForeignProvider {
  getTracer() {
    return { startSpan: () => trace.wrapSpanContext({ traceId: '0', spanId: '0', traceFlags: 0 }) }
  }
}

trace.setGlobalTracerProvider(new ForeignProvider())
