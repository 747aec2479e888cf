import { expect, it } from 'vitest'
import { createPolicy } from '../../src/policy/policy.ts'
import { unreadableFacts, unreadableTimes } from '../../src/recognize/unreadable-facts.ts'

it('finds a list or an object where an id belongs', () => {
  const found = unreadableFacts({
    'attribution.actor.id': ['assistant'],
    'attribution.decision.approver.id': {},
    'attribution.correlation.id': ['c-1'],
    'user.id': ['kai'],
    'gen_ai.tool.name': { name: 'search' },
    'gen_ai.conversation.id': [],
  })
  expect(found).toEqual([
    'attribution.actor.id',
    'attribution.decision.approver.id',
    'attribution.correlation.id',
    'user.id',
    'gen_ai.tool.name',
    'gen_ai.conversation.id',
  ])
})

it('passes over text, numbers, and the lists that attributes are meant to hold', () => {
  const attributes = {
    'user.id': 42,
    'attribution.actor.chain': ['planner', 'assistant'],
    'attribution.authority.scopes': ['mail.send'],
    'attribution.declaration.merges': ['principal_is_actor'],
    'app.list': ['a'],
  }
  expect(unreadableFacts(attributes)).toEqual([])
})

it('finds them under the keys that a policy names', () => {
  const { appKeys } = createPolicy({ facts: { user: ['who'] } })
  expect(unreadableFacts({ who: ['kai'], what: ['x'] }, appKeys)).toEqual(['who'])
})

it('a list that holds anything but text is told, and so is an object where a list belongs', () => {
  const attributes = {
    'attribution.actor.chain': ['a', ['b']],
    'attribution.authority.scopes': { a: 1 },
    'attribution.declaration.merges': ['principal_is_actor'],
    'attribution.principal.id': Number.NaN,
  }
  expect(unreadableFacts(attributes)).toEqual([
    'attribution.actor.chain',
    'attribution.authority.scopes',
    'attribution.principal.id',
  ])
})

it('a time in no known form is told', () => {
  expect(
    unreadableTimes({ 'attribution.authority.expires_at': 'soon', 'attribution.decision.at': 978_307_200 }),
  ).toEqual(['attribution.authority.expires_at'])
})
