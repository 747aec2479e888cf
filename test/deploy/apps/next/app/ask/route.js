import { asAgent, onBehalfOf, via } from 'onbehalf'

export const dynamic = 'force-dynamic'

/** An agent that calls a shop, for whoever asks. */
export async function GET(request) {
  const user = request.headers.get('x-user')
  await onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'order' }, () =>
    asAgent('buyer', () => via('shop', async () => (await fetch(process.env.SHOP_URL, { cache: 'no-store' })).text())),
  )
  return new Response(`done for ${user}`)
}
