import { expect, it } from 'vitest'
import { likelyUser } from '../../src/recognize/likely-user.ts'

it.each([
  'acme.user_id',
  'app.user.id',
  'acme.chat.userId',
  'acme.enduser.id',
  'acme_user_id',
  'acme.end_user_id',
  'user_id',
  'session.user-id',
  'requestUserId',
])('takes the value of %s for the user', (key) => {
  expect(likelyUser({ [key]: 'kai' })).toBe('kai')
})

it.each([
  'user.id',
  'enduser.id',
  'target.user.id',
  'acme.deleted.user_id',
  'api_key.user_id',
  'owner.user.id',
  'dd.user.id',
  'k8s.user.id',
  'agent.user.id',
  'acme.approver.user_id',
  'args.user_id',
  'tool.input.user_id',
  'request.body.user_id',
  'result.user_id',
  'search.user_id',
  'patient.user_id',
  'appTargetUserId',
  'ticket.user_id',
  'order.user.id',
  'payment.user_id',
  'last_user_id',
  'github.user.id',
  'slack.user_id',
  'sender.user_id',
  'http.request.header.x-user-id',
  'acme.superuser',
  'user.identity',
  'acme.user.idle',
  'poweruserid',
])('does not take the value of %s for the user', (key) => {
  expect(likelyUser({ [key]: 'kai' })).toBeUndefined()
})

it('names nobody if keys disagree, and passes over placeholders and lists', () => {
  expect(likelyUser({ 'a.user_id': 'kai', 'b.user_id': 'bo' })).toBeUndefined()
  expect(likelyUser({ 'a.user_id': 'kai', 'b.user_id': 'kai' })).toBe('kai')
  expect(likelyUser({ 'a.user_id': 'anonymous', 'b.user_id': ['bo'] })).toBeUndefined()
})

it.each([true, false, 0, -1, '0', '-1'])('does not take %s for an id', (value) => {
  expect(likelyUser({ 'acme.user_id': value })).toBeUndefined()
})
