import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run, startSink } from '../register/child.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

it('a batch for several users is nobody’s, and one for a single user is theirs', async () => {
  const sink = await startSink()
  const env = { ...sink.env, OTEL_LOG_LEVEL: 'warn' }
  const { code, stderr } = await run({ app: at('apps/batches.mjs'), imports: [at('apps/own-setup.mjs')], env })
  const told = sink.judged().map(({ name, principal, verdict }) => `${name}: ${principal}, ${verdict}`)
  sink.close()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(told.sort()).toEqual([
    'bottleneck of all: undefined, unknown',
    'cargo of all: undefined, unknown',
    'cargo of one: kai@contoso.com, separated',
    'dataloader of all: undefined, unknown',
    'dataloader of one: kai@contoso.com, separated',
    'dataloader under two decisions: undefined, unknown',
  ])
})

it('what is requested again, or started by someone else, belongs to the user who asked', async () => {
  const sink = await startSink()
  const { code, stderr } = await run({ app: at('apps/again.mjs'), imports: [at('apps/own-setup.mjs')], env: sink.env })
  const told = sink.judged().map(({ name, principal, span }) => {
    const path = span.attributes['url.path']
    return `${typeof path === 'string' ? path : name}: ${principal}`
  })
  sink.close()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(told.sort()).toEqual([
    '/first: kai@contoso.com',
    '/redirect: mia@contoso.com',
    '/retry: mia@contoso.com',
    '/retry: mia@contoso.com',
    '/target: mia@contoso.com',
    'p-queue next: undefined',
  ])
})
