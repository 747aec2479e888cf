// Is scraped over HTTP before its first violation and after it; it prints both scrapes.
import { setTimeout as wait } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import { asAgent, onBehalfOf } from 'onbehalf'

const url = `http://127.0.0.1:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`

/** What is there as soon as the instruments are. */
async function scrape() {
  for (let tries = 0; tries < 50; tries++) {
    const text = await fetch(url).then(
      (response) => response.text(),
      () => '',
    )
    if (text.includes('attribution_spans_total{')) return text
    await wait(20)
  }
  return ''
}

const act = () =>
  trace
    .getTracer('app')
    .startSpan('act', { attributes: { 'attribution.span.kind': 'agent' } })
    .end()

const before = await scrape()
onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'act' }, () => asAgent('actor', act))
onBehalfOf({ principal: '', intent: 'act' }, () => asAgent('actor', act))
const after = await scrape()
process.stdout.write(JSON.stringify({ before, after }))
process.exit()
