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
