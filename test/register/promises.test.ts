import { describe, expect, it } from 'vitest'
import { run } from './child.ts'

const reject = (how: string, ...args: readonly string[]) =>
  run({ app: 'rejecting.mjs', args: [how, ...args], imports: [] })

describe('a rejection that the app forgot ends the process as usual', () => {
  it.each([
    'forgotten',
    'forgotten where two are bound',
    'forgotten after it was looked at',
    'forgotten in a chain',
    'forgotten in a step',
    'forgotten in a query',
  ])('%s', async (how) => {
    const { code, stderr } = await reject(how)
    expect(code).toBe(1)
    expect(stderr).toContain('Error: of the app')
  })

  it('and is told with the very promise that was returned', async () => {
    for (const how of ['forgotten', 'forgotten where two are bound']) {
      const { code, stdout } = await reject(how, 'listening')
      expect([code, stdout.trim()]).toEqual([0, 'unhandledRejection: of the app, the very promise'])
    }
  })
})

describe('a rejection that the app handles ends nothing', () => {
  it.each([
    'handled before it was bound',
    'handled by catch',
    'handled by await',
    'handled by allSettled',
    'handled in a step',
    'handled in a query',
    'handled in a stream',
  ])('%s', async (how) => {
    expect(await reject(how, 'listening')).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  it('and one that it handles late is reported twice, as usual', async () => {
    const { stdout } = await reject('handled later', 'listening')
    expect(stdout.trim().split('\n')).toEqual(['unhandledRejection: of the app, the very promise', 'rejectionHandled'])
  })
})

it('a function that never settles keeps its binding, whatever is collected', async () => {
  const { stdout } = await run({ app: 'never-settling.mjs', imports: [], flags: ['--expose-gc'] })
  expect(stdout.trim()).toBe('kai@contoso.com')
})
