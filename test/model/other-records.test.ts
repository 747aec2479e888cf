import { expect, it } from 'vitest'
import { mayRepeat, noteOtherRecords, noteRepeated, otherRecordsOf, repeatedIn } from '../../src/model/other-records.ts'
import { agent, spansOf } from '../judge/spans.ts'

it('what a recording says twice is kept beside what it is about, within a bound', () => {
  const [one, other] = spansOf([agent('a'), agent('b')])
  if (one === undefined || other === undefined) throw new Error('no spans')
  expect([otherRecordsOf(one), repeatedIn(one.attributes)]).toEqual([[], undefined])
  noteOtherRecords(one, [other])
  for (let at = 0; at < 100; at++) noteRepeated(one.attributes, 'user.id', `u${at}`)
  expect(otherRecordsOf(one)).toEqual([other])
  expect(repeatedIn(one.attributes)?.get('user.id')).toHaveLength(8)
  expect([repeatedIn(other.attributes), mayRepeat()]).toEqual([undefined, true])
})
