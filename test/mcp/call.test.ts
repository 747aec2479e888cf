import { expect, it } from 'vitest'
import { callOf } from '../../src/mcp/call.ts'

it('says no more of a call than a name is long, whatever a stranger sends', () => {
  const long = 'x'.repeat(4_000_000)
  const params = { name: long, uri: long }
  for (const method of [long, 'tools/call', 'prompts/get', 'resources/read', `resources/${long}`]) {
    const texts = Object.values(callOf({ id: long, method, params }))
    expect(Math.max(...texts.map((text: string | undefined) => text?.length ?? 0))).toBeLessThanOrEqual(1_024)
  }
  expect(callOf({ id: 7, method: 'tools/call', params: { name: 'lookup' } })).toMatchObject({ id: '7', tool: 'lookup' })
})
