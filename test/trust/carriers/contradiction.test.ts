import { expect, it } from 'vitest'
import type { Attribution } from '../../../src/model/attribution.ts'
import { contradicts } from '../../../src/trust/carriers/contradiction.ts'

const alias = (id: string) => (id === 'kai' ? 'kai@contoso.com' : id)
const KAI: Attribution = { principal: { id: 'kai@contoso.com' }, correlationId: 'c-1', actorChain: ['planner'] }

it.each<[string, Attribution, boolean]>([
  ['nothing', {}, false],
  ['the same', KAI, false],
  ['the same principal by another name', { principal: { id: 'kai' } }, false],
  ['the same principal in other letters', { principal: { id: 'mailto:KAI@contoso.com' } }, false],
  ['another principal', { principal: { id: 'mia@contoso.com' } }, true],
  ['another correlation id', { correlationId: 'c-2' }, true],
  ['a longer chain', { actorChain: ['planner', 'mailer'] }, false],
  ['the first actor alone', { actor: { id: 'Planner' } }, false],
  ['another first actor', { actorChain: ['payer', 'planner'] }, true],
  ['another actor', { actor: { name: 'payer' } }, true],
  ['a shorter chain of others', { actorChain: ['payer'] }, true],
])('what names %s contradicts: %o, %s', (_, other, isContradiction) => {
  expect([contradicts(KAI, other, alias), contradicts(other, KAI, alias)]).toEqual([isContradiction, isContradiction])
})
