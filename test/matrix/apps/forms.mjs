/** Every way in which an app can put onbehalf into its OpenTelemetry setup; nothing here is of one line of the SDK. */
export async function run(form, { api, sdkNode, onbehalf }) {
  const left = []
  const exporter = {
    export(spans, done) {
      left.push(...spans)
      done({ code: 0 })
    },
    shutdown: async () => {},
    forceFlush: async () => {},
  }
  const exportingWith = (to) => ({
    onStart() {},
    onEnd: (span) => to.export([span], () => {}),
    forceFlush: async () => {},
    shutdown: async () => {},
  })
  const { attribution, AttributionSpanExporter, AttributionSpanProcessor } = onbehalf
  const FORMS = {
    'traceExporter alone': () => attribution({ traceExporter: exporter }),
    'spanProcessors alone': () => attribution({ spanProcessors: [exportingWith(exporter)] }),
    'processor alone': () => ({ spanProcessors: [new AttributionSpanProcessor(), exportingWith(exporter)] }),
    'exporter alone': () => ({ spanProcessors: [exportingWith(new AttributionSpanExporter(exporter))] }),
    'exporter given to NodeSDK': () => ({ traceExporter: new AttributionSpanExporter(exporter) }),
  }
  const sdk = new sdkNode.NodeSDK({ serviceName: 'app', ...FORMS[form]() })
  sdk.start()
  await work({ api, onbehalf })
  await onbehalf.flush()
  await sdk.shutdown()
  const seen = left.map(({ name, attributes }) => ({
    name,
    principal: attributes['attribution.principal.id'],
    actor: attributes['attribution.actor.id'] ?? attributes['attribution.actor.name'],
    verdict: attributes['attribution.verdict'],
  }))
  console.log(JSON.stringify(seen))
}

async function work({ api, onbehalf }) {
  const tracer = api.trace.getTracer('app')
  const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'worker' }
  const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' }
  const inSpan = (name, attributes, fn) =>
    tracer.startActiveSpan(name, async (span) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      // As most instrumentations do, it says late what the span is.
      span.setAttributes({ ...attributes, 'user.id': 'kai@contoso.com' })
      await fn?.()
      span.end()
    })
  await onbehalf.onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' }, () =>
    inSpan('agent', agent, () => inSpan('tool', tool)),
  )
}
