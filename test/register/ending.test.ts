import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run, startSink } from './child.ts'
import type { Ended, Sink, Start } from './child.ts'

let sink: Sink

beforeEach(async () => {
  sink = await startSink()
})

afterEach(() => sink.close())

/** Runs the app that ends in this way, under register. */
function end(how: string, start: Partial<Start> = {}): Promise<Ended> {
  return run({ app: 'ending.mjs', args: [how], ...start, env: { ...sink.env, ...start.env } })
}

const onReady = (signal: NodeJS.Signals): Pick<Start, 'onOutput'> => {
  let isSent = false
  return {
    onOutput: (stdout, kill) => {
      if (isSent || !stdout.includes('ready')) return
      isSent = true
      kill(signal)
    },
  }
}

const exported = () => sink.judged().map(({ name, principal, verdict }) => ({ name, principal, verdict }))
const WORK = { name: 'work', principal: 'kai@contoso.com', verdict: 'separated' }

describe('an app under register', () => {
  const ENDINGS: readonly (readonly [string, Partial<Ended>, Partial<Start>])[] = [
    ['naturally', { code: 0, signal: null }, {}],
    ['with an exit code', { code: 3, signal: null }, {}],
    ['by process.exit after flush', { code: 4, signal: null }, {}],
    ['by a signal', { code: null, signal: 'SIGTERM' }, onReady('SIGTERM')],
    ['by a signal', { code: null, signal: 'SIGINT' }, onReady('SIGINT')],
    ['by a signal that it handles', { code: 5, signal: null }, onReady('SIGTERM')],
  ]
  it.each(ENDINGS)('that ends %s ends as it would have, %o, and its spans have left', async (how, ended, start) => {
    expect(await end(how, start)).toMatchObject({ ...ended, stderr: '' })
    expect(exported()).toContainEqual(WORK)
  })

  it.each(['by throwing', 'by rejecting'])(
    'that ends %s still ends with the app’s own error, and its spans have left',
    async (how) => {
      const { code, stderr } = await end(how)
      expect(code).toBe(1)
      expect(stderr).toContain('the app is broken')
      expect(stderr).not.toContain('onbehalf:')
      expect(exported()).toEqual([WORK])
    },
  )

  it.each([{}, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { NODE_OPTIONS: '--import onbehalf/register' }])(
    'that ends by process.exit ends as it would have, and its spans have left: %o',
    async (env) => {
      expect(await end('by process.exit', { env })).toMatchObject({ code: 4, stderr: '' })
      expect(exported()).toEqual([WORK])
    },
  )

  it('that ends by process.exit before anything was sent has links, events and states of a trace sent whole', async () => {
    expect(await run({ app: 'rich-span.mjs', env: sink.env })).toMatchObject({ code: 0, stderr: '' })
    const [sent] = readFileSync(sink.file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json)
    expect(sent?.resourceSpans?.[0]).toMatchObject({
      resource: { attributes: expect.arrayContaining([attribute('service.name', 'app')]) as unknown },
      scopeSpans: [
        {
          scope: { name: 'rich', version: '1' },
          spans: [
            {
              name: 'rich',
              traceId: '1'.repeat(32),
              parentSpanId: '2'.repeat(16),
              traceState: 'a=1',
              attributes: expect.arrayContaining([attribute('here', 'yes')]) as unknown,
              events: [{ name: 'seen', attributes: [attribute('by', 'me')] }],
              links: [{ traceId: '3'.repeat(32), spanId: '4'.repeat(16), traceState: 'b=2' }],
              status: { code: 2, message: 'it failed' },
            },
          ],
        },
      ],
    })
  })

  it('that ends by process.exit says what was lost where nobody listens, and in time', async () => {
    const started = Date.now()
    const { code, stderr } = await end('by process.exit', {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    })
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'onbehalf: 1 span did not arrive before the process ended: await flush() from onbehalf before it does\n',
    })
    expect(Date.now() - started).toBeLessThan(15_000)
  })

  it('that works on in beforeExit has that work sent too', async () => {
    expect(await end('with work in beforeExit')).toMatchObject({ code: 0, stderr: '' })
    expect(exported()).toEqual([WORK, { ...WORK, name: 'last work' }])
  })

  it('that works on in a signal handler has that work sent too', async () => {
    expect(await end('by a signal that it handles', onReady('SIGTERM'))).toMatchObject({ code: 5, stderr: '' })
    expect(exported()).toEqual([WORK, { ...WORK, name: 'last work' }])
  })

  it.each([
    ['nobody listens', 'http://127.0.0.1:9'],
    ['the address is wrong', 'http://256.0.0.1:4318'],
  ])('ends in time where %s', async (_, endpoint) => {
    const started = Date.now()
    const { code } = await end('naturally', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } })
    expect(code).toBe(0)
    expect(Date.now() - started).toBeLessThan(10_000)
  })
})

describe('register', () => {
  it('joins the provider of the app where the app came first, and starts no second one', async () => {
    const imports = [fileOf('own-sdk.mjs'), 'onbehalf/register']
    const { code, stdout, stderr } = await end('naturally', { imports })
    expect({ code, stderr, spans: sink.spans() }).toEqual({ code: 0, stderr: '', spans: [] })
    expect(stdout.match(/'attribution\.principal\.id': 'kai@contoso\.com'/gu)).toHaveLength(1)
    expect(stdout.match(/'attribution\.verdict': 'separated'/gu)).toHaveLength(1)
  })

  it('has no foreign attribution pass where the app came first', async () => {
    const imports = [fileOf('own-sdk.mjs'), 'onbehalf/register']
    const { stdout } = await run({ app: 'passing-on.mjs', imports })
    expect(stdout).toBe('theirs=1')
  })

  it('says what to do where nothing can be added to the provider that is registered', async () => {
    const imports = [fileOf('foreign-provider.mjs'), 'onbehalf/register']
    const { code, stdout, stderr } = await end('naturally', { imports })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ready\n' })
    expect(stderr).toContain('nothing can be added to its tracer provider (ForeignProvider)')
    expect(stderr).toContain('put new AttributionSpanProcessor() into its list of span processors')
  })

  it('stays in force where the app starts an SDK of its own afterwards', async () => {
    const { code } = await run({ app: 'own-sdk-inside.mjs', env: sink.env })
    expect(code).toBe(0)
    expect(exported()).toEqual([WORK])
  })

  it.each([{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }] as const)(
    'lets the app run where nothing is to be exported: %o',
    async (env) => {
      expect(await end('naturally', { env })).toMatchObject({ code: 0, stdout: 'ready\n' })
      expect(sink.spans()).toEqual([])
    },
  )

  it('works with --require as well', async () => {
    const { code, stderr } = await end('naturally', { imports: [], flags: ['--require', 'onbehalf/register'] })
    expect({ code, stderr, spans: exported() }).toEqual({ code: 0, stderr: '', spans: [WORK] })
  })

  it('works where NODE_OPTIONS asks for it', async () => {
    const { code, stderr } = await end('naturally', {
      imports: [],
      env: { NODE_OPTIONS: '--import onbehalf/register' },
    })
    expect({ code, stderr, spans: exported() }).toEqual({ code: 0, stderr: '', spans: [WORK] })
  })

  it('works twice as it works once', async () => {
    const imports = ['onbehalf/register', 'onbehalf/register']
    const { code, stderr } = await end('naturally', { imports })
    expect({ code, stderr, spans: exported() }).toEqual({ code: 0, stderr: '', spans: [WORK] })
  })

  it('attributes what workers and child processes do, each in its own process or thread', async () => {
    const { code, stderr } = await run({ app: 'threads.mjs', env: sink.env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(
      exported()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['in a child', 'in a worker', 'in the app'])
  })

  it('stops at the start for settings that cannot be used, and names each of them', async () => {
    const env = {
      ONBEHALF_PROFILE: 'lax',
      ONBEHALF_FILL_STANDARD: 'perhaps',
      ONBEHALF_POLICY: '/nowhere/policy.yaml',
      ONBEHALF_BAGGAGE_HOSTS: 'https://mail.internal/',
      ONBEHALF_FINDING_ATTRIBUTE: 'true',
    }
    const { code, stdout, stderr } = await end('naturally', { env })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const named = stderr.split('\n').filter((line) => line.startsWith('  - '))
    expect(named).toHaveLength(Object.keys(env).length)
    for (const name of Object.keys(env)) {
      expect(stderr).toContain(name === 'ONBEHALF_POLICY' ? 'policy file /nowhere/policy.yaml' : name)
    }
  })
})

interface Json {
  readonly resourceSpans?: readonly unknown[]
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })

function fileOf(app: string): string {
  return new URL(`apps/${app}`, import.meta.url).href
}
