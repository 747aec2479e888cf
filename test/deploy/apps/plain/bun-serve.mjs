import { trace } from '@opentelemetry/api'
import { currentAttribution } from 'onbehalf'
import { attributed } from 'onbehalf/fetch'

const PARENT = '0af7651916cd43dd8448eb211c80319c'
const users = ['kai@contoso.com', 'mia@contoso.com', 'kai@contoso.com', 'mia@contoso.com']

/** For whom it says that it works, and in which trace, before the response and while it's streamed. */
function said(user) {
  const span = trace.getTracer('app').startSpan('work')
  span.end()
  const isParents = span.spanContext().traceId === PARENT
  return `${user}: ${currentAttribution()?.principal?.id}, ${isParents ? "the caller's trace" : 'another trace'}\n`
}

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: attributed({ principal: ({ headers }) => headers.get('x-user') }, async ({ headers }) => {
    const user = headers.get('x-user')
    await Bun.sleep(1)
    const first = said(user)
    let pieces = 0
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await Bun.sleep(1)
          controller.enqueue(new TextEncoder().encode(pieces === 0 ? first : said(user)))
          if (++pieces === 3) controller.close()
        },
      }),
    )
  }),
})

const headers = { traceparent: `00-${PARENT}-b7ad6b7169203331-01` }
const ask = async (user) => (await fetch(server.url, { headers: { ...headers, 'x-user': user } })).text()
console.log((await Promise.all(users.map(ask))).join(''))
server.stop(true)
