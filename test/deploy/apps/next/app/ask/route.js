import { asAgent, via } from 'onbehalf'
import { attributed } from 'onbehalf/fetch'

export const dynamic = 'force-dynamic'

const who = {
  principal: async (request) => ({ id: request.headers.get('x-user'), type: 'human' }),
  intent: () => 'order',
}

/** An agent that calls a shop, for whoever asks. */
export const GET = attributed(who, async (request) => {
  await asAgent('buyer', () =>
    via('shop', async () => (await fetch(process.env.SHOP_URL, { cache: 'no-store' })).text()),
  )
  return new Response(`done for ${request.headers.get('x-user')}`)
})
