import { onBehalfOf, via } from '../../index.ts'
import type { ExecutionContext } from '../../index.ts'
import { CONNECTOR, KAI, scenarioOfProcess, settingOfProcess } from './scenario.ts'
import type { ScenarioId } from './scenario.ts'
import { serve } from './server.ts'
import { ASSERTION_HEADER, verifiedUser } from './user-assertion.ts'

const mailApi = settingOfProcess('ONBEHALF_DEMO_MAIL_API')
const key = settingOfProcess('ONBEHALF_DEMO_KEY')
const send = senders()[scenarioOfProcess()]

serve(async (request, mail) => {
  const user = verifiedUser(request.headers[ASSERTION_HEADER]?.toString(), key)
  const sent = await send(user, () => fetch(mailApi, { method: 'POST', body: mail }))
  return sent.status
})

type Send = (user: string | undefined, post: () => Promise<Response>) => Promise<Response>

/** How the connector logs in to the mail API, and what it states about that. */
function senders(): Record<ScenarioId, Send> {
  const ownAccount: ExecutionContext = {
    id: CONNECTOR,
    type: 'connector',
    credential: { id: 'key-7f3a', type: 'own', subject: 'svc-mail' },
  }
  const userSession: ExecutionContext = {
    id: CONNECTOR,
    type: 'connector',
    credential: { id: 'session-2c91', type: 'user', subject: KAI },
  }
  return {
    right: (_user, post) => via(ownAccount, post),
    asserted: (user, post) =>
      user === undefined
        ? Promise.resolve(Response.json({}, { status: 401 }))
        : onBehalfOf({ principal: { id: user, type: 'human' } }, () => via(ownAccount, post)),
    'as-the-user': (_user, post) => via(userSession, post),
    incomplete: (_user, post) => post(),
    uncorrelated: (_user, post) => via(ownAccount, post),
  }
}
