// A TypeScript app that holds the API of OpenTelemetry and none of its SDK packages.
import { AttributionSpanProcessor, onBehalfOf } from 'onbehalf'
import { attributed as onExpress } from 'onbehalf/express'
import { attributed as onFastify } from 'onbehalf/fastify'
import { attributed as onFetch } from 'onbehalf/fetch'
import { attributed as onHono } from 'onbehalf/hono'
import { attributionMatchers, JudgedSpans } from 'onbehalf/testing'

export const processor = new AttributionSpanProcessor()
export const answer: number = onBehalfOf({ principal: 'kai@contoso.com' }, () => 42)

export const spans = new JudgedSpans({ profile: 'strict' }).spans()
export const matchers: object = attributionMatchers

export const middleware = onExpress({ principal: (request) => request.user, required: true })
export const hook = onFastify({ principal: (request) => request.user })
export const behind = onHono({ principal: (context) => context.get('user') })
export const route: (request: Request) => Promise<Response> = onFetch(
  { principal: (request) => request.headers.get('x-user') },
  (request: Request) => new Response(request.body),
)
