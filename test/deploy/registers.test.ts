import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run, startSink } from '../register/child.ts'
import type { Sink } from '../register/child.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const OURS = 'onbehalf/register'
const AUTO = '@opentelemetry/auto-instrumentations-node/register'
const HOOK = './apps/plain/hook.mjs'

let sink: Sink
beforeEach(async () => {
  sink = await startSink()
})
afterEach(() => sink.close())

type Environment = Readonly<Record<string, string>>

function start(app: string, imports: readonly string[], env: Environment = {}, flags: readonly string[] = []) {
  const wire = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_NODE_RESOURCE_DETECTORS: 'none' }
  return run({ app: `${HERE}apps/plain/${app}`, imports, flags, cwd: HERE, env: { ...sink.env, ...wire, ...env } })
}

const QUIET = { code: 0, stdout: '', stderr: '' }
const SHOP = { principal: 'kai@contoso.com', actor: 'buyer', context: 'shop', verdict: 'separated' }

/** The calls to the outside that were seen, with what is known of them. */
function calls() {
  const seen = sink.judged().map(({ principal, actor, context, verdict, span }) => ({
    url: new URL(String(span.attributes['url.full'] ?? span.attributes['http.url'])).pathname,
    facets: { principal, actor, context, verdict },
  }))
  return seen.toSorted((a, b) => (a.url < b.url ? -1 : 1))
}

const ONCE = [
  { url: '/fetch', facets: SHOP },
  { url: '/http', facets: SHOP },
]

/** Whether each span left once; the same call seen twice would be two spans. */
function spanIds() {
  const ids = sink.spans().map(({ spanId }) => spanId)
  return { all: ids.length, distinct: new Set(ids).size }
}

describe('beside the register of auto-instrumentations-node', () => {
  it.each([
    ['before it', [OURS, AUTO]],
    ['after it', [AUTO, OURS]],
  ])('%s, each call is seen once, attributed', async (_, imports) => {
    expect(await start('calls.mjs', imports)).toMatchObject(QUIET)
    expect(calls()).toEqual(ONCE)
    const { all, distinct } = spanIds()
    expect(distinct).toBe(all)
  })

  it.each([[[OURS, AUTO]], [[AUTO, OURS]], [[OURS]]])('%s sees as many requests served', async (imports) => {
    await start('calls.mjs', imports)
    expect(sink.spans().filter(({ span }) => span.kind === 1)).toHaveLength(2)
  })

  it.each([[[OURS, AUTO]], [[AUTO, OURS]]])('%s has no foreign attribution pass', async (imports) => {
    const { stdout } = await run({
      app: fileURLToPath(new URL('../register/apps/passing-on.mjs', import.meta.url)),
      imports: imports.map((name) => (name === OURS ? `${HERE}node_modules/onbehalf/dist/register.js` : name)),
      cwd: HERE,
    })
    expect(stdout).toBe('theirs=1')
  })
})

it('attribution() in an app that was set up by that register attributes what its exporter sends', async () => {
  expect(await start('own-attribution.mjs', [AUTO])).toMatchObject({ code: 0, stdout: '' })
  expect(calls()).toEqual(ONCE)
})

it('before an SDK that the app starts later, each call is seen once, attributed', async () => {
  expect(await start('own-sdk-later.mjs', [OURS])).toMatchObject(QUIET)
  expect(calls()).toEqual(ONCE)
})

describe('an app of ES modules', () => {
  const inserts = () =>
    sink
      .judged()
      .filter(({ span }) => span.instrumentationScope.name === '@opentelemetry/instrumentation-pg')
      .map(({ principal, actor, context, verdict }) => ({ principal, actor, context, verdict }))
      .toSorted((a, b) => String(a.principal).localeCompare(String(b.principal)))
  const BOTH = ['kai@contoso.com', 'mia@contoso.com'].map((principal) => ({
    ...SHOP,
    principal,
    context: 'orders',
  }))
  const scopes = () => new Set(sink.spans().map(({ span }) => span.instrumentationScope.name))

  it('has its packages seen under register alone', async () => {
    expect(await start('database.mjs', [OURS])).toMatchObject(QUIET)
    expect(inserts()).toEqual(BOTH)
    expect(scopes()).toContain('@opentelemetry/instrumentation-express')
  })

  it('has them seen where register is required', async () => {
    expect(await start('database.mjs', [], {}, ['--require', OURS])).toMatchObject(QUIET)
    expect(inserts()).toEqual(BOTH)
    expect(scopes()).toContain('@opentelemetry/instrumentation-express')
  })

  it('that installs the loader hook and has register required is not harmed', async () => {
    expect(await start('calls.mjs', [HOOK], {}, ['--require', OURS])).toMatchObject({ code: 0, stdout: '' })
    expect(calls()).toEqual(ONCE)
  })

  it.each([[[OURS, HOOK]], [[HOOK, OURS]]])(
    'that installs the loader hook itself is not harmed: %s',
    async (imports) => {
      const { code, stdout } = await start('database.mjs', imports)
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
      expect(inserts()).toEqual(BOTH)
      expect(scopes()).toContain('@opentelemetry/instrumentation-express')
    },
  )

  it('that has installed it is not told of a second one', async () => {
    expect((await start('calls.mjs', [HOOK, OURS])).stderr).toBe('')
  })
})

describe('the instrumentations of register', () => {
  it.each([
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'undici' }, ['/fetch']],
    [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'undici' }, ['/http']],
  ])('are those of %o', async (env, seen) => {
    await start('calls.mjs', [OURS], env)
    expect(calls().map(({ url }) => url)).toEqual(seen)
  })

  it('are those that are asked for by name as well, each once', async () => {
    const env = {
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'undici',
      ONBEHALF_INSTRUMENTATIONS: '@opentelemetry/instrumentation-http, @opentelemetry/instrumentation-undici',
    }
    expect(await start('calls.mjs', [OURS], env)).toMatchObject(QUIET)
    expect(calls()).toEqual(ONCE)
  })

  it('and a name that is not installed is said, and the app runs', async () => {
    const { code, stderr } = await start('calls.mjs', [OURS], { ONBEHALF_INSTRUMENTATIONS: '@acme/instrumentation' })
    expect(code).toBe(0)
    expect(stderr).toBe(
      'onbehalf: @acme/instrumentation is not installed, or holds no instrumentation: what it would show stays unseen\n',
    )
  })

  it('and a path stops the app', async () => {
    const { code, stderr } = await start('calls.mjs', [OURS], { ONBEHALF_INSTRUMENTATIONS: './mine.js' })
    expect(code).toBe(2)
    expect(stderr).toContain('ONBEHALF_INSTRUMENTATIONS: has to be names of packages')
  })
})
