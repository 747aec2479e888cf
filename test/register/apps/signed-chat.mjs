// The service that calls: for Kai and for Mia at once, each with an agent. Prints what another trace sends on.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { trace } from '@opentelemetry/api'
import { asAgent, onBehalfOf } from 'onbehalf'

const mail = process.argv[2]
const own = createServer((request, response) => response.end(JSON.stringify(request.headers)))
await once(own.listen(0, '127.0.0.1'), 'listening')
const forKai = (work) =>
  onBehalfOf(
    { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'mail the report', correlationId: 'c-kai' },
    () => asAgent('report-assistant', work),
  )
const forMia = (work) =>
  onBehalfOf(
    { principal: { id: 'mia@contoso.com', type: 'human' }, intent: 'mail the minutes', correlationId: 'c-mia' },
    () => asAgent('minutes-assistant', work),
  )
const send = (name) => fetch(`${mail}?name=${name}`).then((response) => response.text())
const request = (work) =>
  trace.getTracer('chat').startActiveSpan('request', async (span) => {
    await work()
    span.end()
  })
await Promise.all([request(() => forKai(() => send('kai'))), request(() => forMia(() => send('mia')))])
let stolen
await request(() =>
  forKai(async () => (stolen = await (await fetch(`http://127.0.0.1:${own.address().port}/`)).json())),
)
own.close()
own.closeAllConnections()
process.stdout.write(JSON.stringify({ baggage: stolen.baggage, traceparent: stolen.traceparent }))
