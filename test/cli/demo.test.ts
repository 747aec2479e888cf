import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onbehalf } from './program.ts'
import type { Run } from './program.ts'

const FILE = 'onbehalf-demo.otlp.jsonl'

/** Twelve processes start one after the other, on a machine that may be busy. */
const WHOLE_DEMO_MS = 120_000

let directory: string
let demo: Run

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-demo-'))
  demo = await onbehalf(['demo'], directory)
}, WHOLE_DEMO_MS)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Judged {
  readonly traceId: string
  readonly name: string
  readonly kind: string
  readonly principal: string | null
  readonly actor: string | null
  readonly context: string | null
  readonly correlation: string | null
  readonly verdict: string
  readonly findings: readonly string[]
}

async function audited(): Promise<readonly Judged[]> {
  const { stdout } = await onbehalf(['audit', FILE, '--format', 'ndjson'], directory)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Judged)
}

describe('the demo', () => {
  it('succeeds without a warning', () => {
    expect(demo).toMatchObject({ code: 0, stderr: '' })
  })
  it('says who asked for the mail that is sent right, what acted, through what, why and under what authority', () => {
    expect(demo.stdout.replaceAll('\n', ' ')).toContain(
      'kai@contoso.com (verified, login.contoso.example) asked; ' +
        'report-assistant v3 (verified, login.contoso.example) acted; through mail-connector as svc-mail; ' +
        'to send the weekly report to the board; under oauth grant-42 (verified); ' +
        'policy mail-7 allowed; sendMail succeeded.',
    )
  })
  it('says what is only claimed where nothing is signed', () => {
    expect(demo.stdout.replaceAll('\n', ' ')).toContain(
      'kai@contoso.com asked; report-assistant v3 (claimed) acted; through mail-connector as svc-mail; ' +
        'to send the weekly report to the board (claimed); policy mail-7 allowed; sendMail succeeded.',
    )
  })
  it('shows the five ways side by side', () => {
    const lines = demo.stdout.split('\n')
    const table = lines.slice(lines.findIndex((line) => line.includes('who asked   what acted')) + 1).slice(0, 8)
    expect(table.map((row) => row.trim().split(/ {2,}/u))).toEqual([
      ['done right', 'verified', 'verified', 'asserted', 'asserted', 'separated'],
      ['only asserted', 'asserted', 'claimed', 'asserted', 'claimed', 'separated'],
      ['all as the user', 'claimed', 'not proven', 'not proven', 'claimed', 'collapsed'],
      ['principal_is_actor, principal_is_context, actor_is_context'],
      ['only a name logged', 'not proven', 'inferred', 'inferred', 'not proven', 'unknown'],
      ['missing_principal, missing_intent'],
      ['nothing correlated', 'not proven', 'inferred', 'asserted', 'not proven', 'unknown'],
      ['missing_principal, orphan_effect, missing_intent'],
    ])
  })
  it('fits on a terminal of 80 columns, without color where there is none', () => {
    expect(demo.stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(demo.stdout).not.toContain('\u001B')
  })
  it('leaves what was exported, in which both processes of the right way have one trace and one correlation', async () => {
    const judged = await audited()
    const right = judged.filter(({ traceId }) => traceId === judged[0]?.traceId)
    expect(right.map(({ name, kind, verdict }) => [name, kind, verdict])).toEqual([
      ['ai.generateText', 'agent', 'separated'],
      ['ai.generateText.doGenerate', 'llm', 'separated'],
      ['ai.toolCall', 'tool', 'separated'],
      ['POST', 'effect', 'separated'],
      ['POST', 'effect', 'separated'],
      ['ai.generateText.doGenerate', 'llm', 'separated'],
    ])
    expect(new Set(right.map(({ correlation }) => correlation)).size).toBe(1)
    expect(right.flatMap(({ findings }) => findings)).toEqual([])
  })
  it('ran as three processes, each of which exported spans', () => {
    const text = readFileSync(join(directory, FILE), 'utf8')
    for (const service of ['assistant', 'mail-connector', 'mail-api']) expect(text).toContain(`"${service}"`)
  })
  it('names commands that work as they stand', async () => {
    const commands = demo.stdout.split('\n').filter((line) => line.startsWith('  npx --no-install onbehalf '))
    expect(commands).toHaveLength(2)
    for (const command of commands) {
      const run = await onbehalf(command.trim().split(' ').slice(3), directory)
      expect(run).toMatchObject({ code: 0, stderr: '' })
    }
  })
  it(
    'passes the spans on where it is told to, below the path of that place',
    async () => {
      const paths: (string | undefined)[] = []
      const server = createServer((request, response) => {
        paths.push(request.url)
        request.resume().on('end', () => response.end('{}'))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const run = await onbehalf(['demo', '--otlp', `${url}/otlp/`, '--scenario', 'right'], directory)
      server.close()
      expect(run).toMatchObject({ code: 0, stderr: '' })
      expect(paths.length).toBeGreaterThanOrEqual(3)
      expect(new Set(paths)).toEqual(new Set(['/otlp/v1/traces']))
    },
    WHOLE_DEMO_MS,
  )
  it(
    'says so where they could not be forwarded, and still explains them',
    async () => {
      const run = await onbehalf(['demo', '--otlp', 'http://127.0.0.1:9', '--scenario', 'right'], directory)
      expect(run.code).toBe(1)
      expect(run.stderr).toBe('not forwarded: http://127.0.0.1:9 cannot be reached: bad port\n')
      expect(run.stdout).not.toContain('forwarded')
      expect(run.stdout.replaceAll('\n', ' ')).toContain('kai@contoso.com (verified, login.contoso.example) asked; ')
    },
    WHOLE_DEMO_MS,
  )
  it('plays one scenario alone, and sends along the headers that exporters are told to', async () => {
    const tokens: (string | undefined)[] = []
    const server = createServer((request, response) => {
      tokens.push(request.headers.authorization)
      request.resume().on('end', () => response.end('{}'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret' }
    const run = await onbehalf(['demo', '--otlp', url, '--scenario', 'as-the-user'], directory, undefined, env)
    server.close()
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain('everything runs as the user')
    expect(run.stdout).not.toContain('done right')
    expect(new Set(tokens)).toEqual(new Set(['Bearer secret']))
    expect(run.stdout).not.toContain('secret')
  })
  it(
    'sends the user and password of the endpoint along, and prints neither them nor its query',
    async () => {
      const asked: (string | undefined)[] = []
      const server = createServer((request, response) => {
        asked.push(request.headers.authorization, request.url)
        request.resume().on('end', () => response.end('{}'))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      const otlp = `http://kai:s3cret@${host}/otlp?key=s3cret`
      const run = await onbehalf(['demo', '--otlp', otlp, '--scenario', 'right'], directory)
      server.close()
      expect(run).toMatchObject({ code: 0, stderr: '' })
      expect(run.stdout.replaceAll(/\s+/gu, ' ')).toContain(`were forwarded to http://${host}/otlp.`)
      expect(run.stdout).not.toContain('s3cret')
      const header = `Basic ${Buffer.from('kai:s3cret').toString('base64')}`
      expect(new Set(asked)).toEqual(new Set([header, '/otlp/v1/traces?key=s3cret']))
    },
    WHOLE_DEMO_MS,
  )
  it(
    'says that the endpoint cannot be reached without its password',
    async () => {
      const otlp = 'http://kai:s3cret@127.0.0.1:9/?key=s3cret'
      const run = await onbehalf(['demo', '--otlp', otlp, '--scenario', 'right'], directory)
      expect([run.code, run.stderr]).toEqual([1, 'not forwarded: http://127.0.0.1:9 cannot be reached: bad port\n'])
      expect(run.stdout).not.toContain('s3cret')
    },
    WHOLE_DEMO_MS,
  )
  it('rejects an unknown scenario', async () => {
    const run = await onbehalf(['demo', '--scenario', 'nonsense'], directory)
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('as-the-user')
  })
  it('rejects an endpoint that isn’t a URL', async () => {
    const run = await onbehalf(['demo', '--otlp', 'nonsense'], directory)
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toContain('--otlp')
  })
})
