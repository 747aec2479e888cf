import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer as createProbe } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../matrix/run.ts'
import { startSink } from '../register/child.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const APP = join(HERE, 'apps/next')

const FOREIGN = {
  traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
  baggage: 'attribution.principal.id=mallory,theirs=1',
}
const USERS = ['kai@contoso.com', 'mia@contoso.com']

describe.each([
  ['Turbopack', '--turbopack'],
  ['webpack', '--webpack'],
])('Next.js with output standalone, built by %s, alone in a folder', (_, bundler) => {
  let folder: string
  beforeAll(async () => {
    const dist = `.next/${bundler.slice(2)}`
    await run(process.execPath, [join(HERE, 'node_modules/next/dist/bin/next'), 'build', bundler], {
      cwd: APP,
      env: { NEXT_TELEMETRY_DISABLED: '1', DIST: dist, NODE_ENV: 'production' },
    })
    folder = mkdtempSync(join(tmpdir(), 'onbehalf-next-'))
    cpSync(join(APP, dist, 'standalone'), folder, { recursive: true, verbatimSymlinks: true })
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
    rmSync(join(APP, '.next'), { recursive: true, force: true })
  })

  it('has every span leave that NodeSDK has leave alone, those of the agent attributed', async () => {
    const [ours, stock] = [await serve(folder, {}), await serve(folder, { STOCK: 'true' })]
    expect(stock.names.length).toBeGreaterThan(5)
    expect(ours.names).toEqual(stock.names)
    expect(ours.judged).toEqual(
      USERS.map((principal) => ({ principal, actor: 'buyer', context: 'shop', verdict: 'separated' })),
    )
  })

  it('has no foreign attribution pass', async () => {
    const { arrived } = await serve(folder, {})
    expect(arrived.map(({ baggage }) => baggage)).toEqual(['theirs=1', 'theirs=1'])
    for (const { traceparent } of arrived) expect(traceparent).toMatch(/^00-1{32}-/u)
  })
})

/** Starts the server that was built, has two users ask at once, and ends it. */
async function serve(folder: string, env: Readonly<Record<string, string>>) {
  const sink = await startSink()
  const arrived: IncomingHttpHeaders[] = []
  const shop = createServer(({ headers }, response) => {
    arrived.push(headers)
    response.end('ok')
  })
  await once(shop.listen(0, '127.0.0.1'), 'listening')
  const port = await freePort()
  const server = spawn(process.execPath, [join('apps', 'next', 'server.js')], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOSTNAME: '127.0.0.1',
      PORT: String(port),
      NODE_ENV: 'production',
      OTEL_SERVICE_NAME: 'next',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      SHOP_URL: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`,
      ...sink.env,
      ...env,
    },
    stdio: 'pipe',
  })
  await untilReady(server)
  const ask = (user: string) => fetch(`http://127.0.0.1:${port}/ask`, { headers: { ...FOREIGN, 'x-user': user } })
  const answers = await Promise.all(USERS.map(async (user) => (await ask(user)).text()))
  expect(answers).toEqual(USERS.map((user) => `done for ${user}`))
  await untilQuiet(() => sink.spans().length)
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
  shop.close()
  shop.closeAllConnections()
  const judged = sink
    .judged()
    .map(({ principal, actor, context, verdict }) => ({ principal, actor, context, verdict }))
    .toSorted((a, b) => String(a.principal).localeCompare(String(b.principal)))
  const names = sink.spans().map(({ name }) => name.replace(/http:.*/u, 'URL'))
  sink.close()
  return { names: names.filter((name) => /ask|GET/u.test(name)).toSorted(), judged, arrived }
}

async function untilReady(server: ChildProcess): Promise<void> {
  for await (const chunk of server.stdout ?? []) if (String(chunk).includes('Ready')) return
  throw new Error('the server ended before it was ready')
}

/** Until nothing more has come for as long as several batches take. */
async function untilQuiet(count: () => number): Promise<void> {
  let last = -1
  while (count() === 0 || count() !== last) {
    last = count()
    await new Promise((resolve) => setTimeout(resolve, 600))
  }
}

function freePort(): Promise<number> {
  const probe = createProbe()
  return new Promise((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
