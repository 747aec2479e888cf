// The web app. Who asks and why is bound once, behind authentication, for everything that follows.
import express from 'express'
import { onBehalfOf } from 'onbehalf'
import { answer } from './approvals.js'
import { assist } from './assistant.js'

export const app = express()
app.use(express.text())

app.use((request, response, next) => {
  request.user = request.get('x-user') // in place of your authentication: never believe a header
  next()
})

app.use((request, response, next) => {
  const intent = typeof request.body === 'string' ? request.body : `${request.method} ${request.path}`
  onBehalfOf({ principal: { id: request.user, type: 'human' }, intent }, next)
})

app.post('/ask', async (request, response) => {
  response.send(await assist(request.body))
})

app.post('/approvals/:id/approve', async (request, response) => {
  await answer(request.params.id, { by: request.user, isApproved: true })
  response.send('approved')
})

app.post('/approvals/:id/decline', async (request, response) => {
  await answer(request.params.id, { by: request.user, isApproved: false })
  response.send('declined')
})
