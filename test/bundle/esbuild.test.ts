import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { run, startSink } from '../register/child.ts'
import type { Sink } from '../register/child.ts'
import { bundle, bundleWithout, FORMATS } from './bundle.ts'
import type { Bundle } from './bundle.ts'

let sink: Sink
beforeEach(async () => {
  sink = await startSink()
})
afterEach(() => sink.close())

const JSON_WIRE = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }

/** Runs a bundle where nothing else is. */
const start = ({ folder, path }: Bundle, env: Readonly<Record<string, string>> = {}) =>
  run({ app: path, imports: [], cwd: folder, env: { ...sink.env, ...JSON_WIRE, ...env } })

const judged = () =>
  sink
    .judged()
    .map(({ name, principal, actor, context, verdict }) => ({ name, principal, actor, context, verdict }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

const KAI = { principal: 'kai@contoso.com', verdict: 'separated' }
const ALL = [
  { ...KAI, name: 'GET', actor: 'caller', context: 'shop' },
  { ...KAI, name: 'work', actor: 'worker', context: undefined },
]

/** Whatever a stranger sent of attribution is gone, and what is others' has passed. */
function expectStripped(printed: string): void {
  const { passedOn, arrived } = JSON.parse(printed) as Readonly<Record<string, Readonly<Record<string, string>>>>
  expect({ passedOn: passedOn?.['baggage'], arrived: arrived?.['baggage'] }).toEqual({
    passedOn: 'theirs=1',
    arrived: 'theirs=1',
  })
  expect(arrived?.['traceparent']).toMatch(/^00-1{32}-/u)
}

describe.each(FORMATS)('bundled by esbuild, %s, alone in a folder', (format) => {
  describe('NodeSDK with attribution()', () => {
    let app: Bundle
    beforeAll(async () => {
      app = await bundle('node-sdk.mjs', format)
    })
    afterAll(() => app.remove())

    it.each([
      'by the environment',
      'with an exporter',
      'with an exporting processor',
      'with a processor of the app',
      'with an exporter and a processor of the app',
    ])('composed %s has each span leave once, attributed, and no foreign attribution pass', async (SETUP) => {
      const { code, stdout, stderr } = await start(app, { SETUP })
      expect({ code, stderr, judged: judged() }).toEqual({ code: 0, stderr: '', judged: ALL })
      expectStripped(stdout)
    })

    it('says that an exporter is mistyped', async () => {
      const { code, stderr } = await start(app, { OTEL_TRACES_EXPORTER: 'oltp' })
      expect({ code, left: sink.spans().length }).toEqual({ code: 0, left: 0 })
      expect(stderr).toContain(`OTEL_TRACES_EXPORTER names "oltp", which isn't a known exporter`)
      expect(stderr).toContain('did you mean otlp?')
    })

    it('has as many spans leave as NodeSDK alone', async () => {
      const stock = await bundle('stock.mjs', format)
      await start(stock)
      const alone = sink.spans().length
      await start(app)
      expect({ alone, together: sink.spans().length }).toEqual({ alone: 2, together: 4 })
      stock.remove()
    })
  })

  it.each([
    ['register', 'registered.mjs'],
    ['an app in CommonJS', 'required.cjs'],
  ])('%s has them leave too', async (_, file) => {
    const app = await bundle(file, format)
    const { code, stdout, stderr } = await start(app)
    expect({ code, stderr, judged: judged() }).toEqual({ code: 0, stderr: '', judged: ALL })
    expectStripped(stdout)
    app.remove()
  })
})

describe.each(['cjs', 'esm'] as const)('a function that is deployed alone, bundled as %s', (format) => {
  it('has its spans sent when its handler has returned', async () => {
    const { path, folder, remove } = await bundle('lambda.mjs', format)
    const invoke = `import(${JSON.stringify(path)}).then(async ({ handler }) => {
      process.stdout.write(JSON.stringify(await handler({})), () => process.kill(process.pid, 'SIGKILL'))
    })`
    const env = { ...sink.env, ...JSON_WIRE }
    const { stdout, stderr } = await run({ app: '--eval', args: [invoke], imports: [], cwd: folder, env })
    expect({ stderr, judged: judged() }).toEqual({ stderr: '', judged: ALL })
    expectStripped(stdout)
    remove()
  })
})

it('a bundle sends what NodeSDK sends by default, protobuf', async () => {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    bodies.push(`${request.headers['content-type']} ${(await buffer(request)).toString('latin1')}`)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const app = await bundle('node-sdk.mjs', 'cjs')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await run({ app: app.path, imports: [], cwd: app.folder, env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } })
  server.close()
  app.remove()
  expect(bodies).toEqual([expect.stringMatching(/^application\/x-protobuf [^]*kai@contoso.com[^]*separated/u)])
})

it('a bundle of an app that holds none of the optional packages is built and runs', async () => {
  const optional = Object.keys(manifest.peerDependenciesMeta)
  const app = await bundleWithout('bare.mjs', [...optional, 'require-in-the-middle', 'import-in-the-middle'])
  const { code, stdout, stderr } = await start(app)
  app.remove()
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'kai@contoso.com\n', stderr: '' })
})
