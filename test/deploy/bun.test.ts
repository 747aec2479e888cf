import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const BUN = fileURLToPath(
  new URL(`node_modules/@oven/bun-${process.platform}-${process.arch}/bin/bun`, import.meta.url),
)

function bun(...args: readonly string[]) {
  const env = {
    PATH: process.env['PATH'],
    OTEL_TRACES_EXPORTER: 'console',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'none',
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,undici',
  }
  return spawnSync(BUN, args, { cwd: HERE, env, encoding: 'utf8', timeout: 60_000 })
}

describe('on Bun, with --preload', () => {
  const { status, stdout, stderr } = bun('--preload', 'onbehalf/register', 'apps/plain/calls.mjs')

  it('the calls over node:http are seen and attributed', () => {
    expect({ status, seen: /"attribution\.principal\.id": "kai@contoso\.com"/u.test(stdout) }).toEqual({
      status: 0,
      seen: true,
    })
    expect(stdout).toMatch(/"url\.full": "http:\/\/127\.0\.0\.1:\d+\/http"/u)
  })

  it('those over fetch are not, which is said once, with what to do', () => {
    expect(stdout).not.toMatch(/"url\.full": "http:\/\/127\.0\.0\.1:\d+\/fetch"/u)
    expect(stderr.match(/calls over fetch stay unseen on Bun: /gu)).toHaveLength(1)
  })
})

it('on Bun, an edge binds each user of Bun.serve, and continues the trace of the caller', () => {
  const { status, stdout } = bun('--preload', 'onbehalf/register', 'apps/plain/bun-serve.mjs')
  const said = stdout.split('\n').filter((line) => /^\w+@contoso\.com: /u.test(line))
  const each = (user: string) => Array<string>(6).fill(`${user}: ${user}, the caller's trace`)
  expect({ status, said: said.toSorted() }).toEqual({
    status: 0,
    said: [...each('kai@contoso.com'), ...each('mia@contoso.com')],
  })
})
