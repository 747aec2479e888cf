import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { onbehalf } from '../cli/program.ts'
import { available, eventually, openBench } from './bench.ts'
import { startJaeger } from './jaeger.ts'
import type { Jaeger } from './jaeger.ts'

const { has, note } = available('jaeger')

/** What the demo leaves in its folder. */
const DEMO_FILE = 'onbehalf-demo.otlp.jsonl'

describe.skipIf(!has).each(['memory', 'disk'] as const)(`onbehalf explain against Jaeger, %s store${note}`, (store) => {
  const bench = openBench()
  let jaeger: Jaeger
  let file: string
  let traceIds: readonly string[]
  let correlations: readonly string[]

  const explain = (...args: readonly string[]) => onbehalf(['explain', ...args])
  const both = async (...selector: readonly string[]) => {
    const here = await explain(...selector, '--format', 'json', '--file', file)
    const there = await explain(...selector, '--format', 'json', '--jaeger', jaeger.url)
    return { here, there }
  }

  beforeAll(async () => {
    jaeger = await startJaeger(bench, { store, name: `jaeger-${store}` })
    const folder = bench.subfolder(`demo-${store}`)
    const demo = await onbehalf(['demo', '--otlp', jaeger.otlpHttp], folder)
    if (demo.code !== 0) throw new Error(demo.stderr)
    file = join(folder, DEMO_FILE)
    const text = readFileSync(file, 'utf8')
    traceIds = matches(text, /"traceId":"([\da-f]{32})"/gu)
    correlations = matches(text, /"attribution\.correlation\.id","value":\{"stringValue":"([^"]+)"/gu)
    const more = [mail('5', 'one', 'kai@contoso.com'), mail('6', 'two', 'Lee@Contoso.com')]
    writeFileSync(file, `${text}${more.map((request) => `${JSON.stringify(request)}\n`).join('')}`)
    for (const request of more) await send(jaeger, request)
    await eventually('every trace', async () => {
      const found = await Promise.all([...traceIds, '5'.repeat(32), '6'.repeat(32)].map((id) => holds(jaeger, id)))
      return found.every(Boolean) || undefined
    })
  })

  it('answers for each trace of the demo as from its file', async () => {
    expect(traceIds.length).toBeGreaterThanOrEqual(5)
    for (const traceId of traceIds) {
      const { here, there } = await both(traceId)
      expect(there).toMatchObject({ code: 0, stderr: '' })
      expectSameAnswer(there.stdout, here.stdout)
      expect(there.stdout).toContain('"sentence"')
    }
  })
  it('answers for the beginning of a trace id as from the file', async () => {
    const { here, there } = await both((traceIds[0] as string).slice(0, 8))
    expect(there).toMatchObject({ code: 0, stdout: here.stdout })
  })
  it('answers for each correlation id as from the file, and says how many services it asked', async () => {
    expect(correlations).toHaveLength(4)
    for (const correlation of correlations) {
      const { here, there } = await both('--correlation', correlation)
      expect(there.code).toBe(0)
      expectSameAnswer(there.stdout, here.stdout)
      expect(there.stdout).toMatch(
        /kai@contoso\.com (?:\((?:by trace context|verified, login\.contoso\.example)\) )?asked/u,
      )
      expect(there.stderr).toMatch(/searched in 5 services \(assistant, mail-api, mail-connector, one, two\)/u)
    }
  })
  it('stitches the traces of one correlation id, whose arrays the store may have made text', async () => {
    const { here, there } = await both('--correlation', 'stitched')
    expect(there).toMatchObject({ code: 0, stdout: here.stdout })
    expect(there.stdout).toContain(
      'kai@contoso.com and Lee@Contoso.com asked for sendMail (1 of 2 times each); planner → assistant acted',
    )
  })
  it('answers for a principal in another spelling as from the file', async () => {
    const { here, there } = await both('--principal', 'mailto:KAI@contoso.com')
    expect(there).toMatchObject({ code: 0, stdout: here.stdout })
    expect(JSON.parse(there.stdout)).toMatchObject({ found: { length: 5 } })
  })
  it('finds a spelling that the search does not, where it reads every trace', async () => {
    const args = ['--principal', 'lee@contoso.com', '--jaeger', jaeger.url]
    expect(await explain(...args)).toMatchObject({ code: 2, stdout: '' })
    const scanned = await explain(...args, '--scan')
    expect(scanned.stdout).toContain('Lee@Contoso.com asked')
  })
  it('answers for a resource as from the file', async () => {
    const { here, there } = await both('--resource', 'mail-42')
    expect(there).toMatchObject({ code: 0, stdout: here.stdout })
    expect(JSON.parse(there.stdout)).toMatchObject({ found: { length: 2 } })
  })
  it('answers for a resource of a principal as from the file', async () => {
    const { here, there } = await both('--resource', 'mail-42', '--principal', 'mailto:KAI@contoso.com')
    expect(there).toMatchObject({ code: here.code, stdout: here.stdout })
    expect(there.stdout).not.toBe('')
  })
  it('answers for a time alone as from the file', async () => {
    const since = new Date(STARTED).toISOString()
    const { here, there } = await both('--since', since, '--until', new Date(STARTED + 1).toISOString())
    expect(there).toMatchObject({ code: 0, stdout: here.stdout })
    expect(JSON.parse(there.stdout)).toMatchObject({ found: { length: 2 }, more: false })
  })
  it('leaves out what is not in the time that was asked for', async () => {
    const late = await explain('--correlation', 'stitched', '--jaeger', jaeger.url, '--until', '2020-01-01')
    expect(late).toMatchObject({ code: 2, stdout: '' })
    expect(late.stderr).toContain('0 traces read')
  })
  it('gives the user interface its configuration', async () => {
    const page = await (await fetch(jaeger.url)).text()
    expect(page).toContain('findings/principal_is_actor.md')
  })
  it('finds nothing where there is nothing', async () => {
    const none = await explain('f'.repeat(32), '--jaeger', jaeger.url)
    expect(none).toMatchObject({ code: 2, stdout: '' })
    expect(none.stderr).toContain(`no span of a trace ${'f'.repeat(32)} was found; --since 7d`)
    expect(await explain('--correlation', 'nobodys', '--jaeger', jaeger.url)).toMatchObject({ code: 2, stdout: '' })
  })
  it('reads all of 250 traces that share a correlation id, which no single answer holds', async () => {
    for (let index = 0; index < 250; index++) {
      await send(jaeger, mail(`7${String(index).padStart(31, '0')}`, 'many', 'kai@contoso.com', 'many', index))
    }
    await eventually('the last of them', async () => (await holds(jaeger, `7${'249'.padStart(31, '0')}`)) || undefined)
    const { code, stdout, stderr } = await explain('--correlation', 'many', '--jaeger', jaeger.url)
    expect(code).toBe(0)
    expect(stderr).toContain('250 traces read')
    expect(stdout).toContain('250 times')
  })
})

/**
 * Expects the store's answer to be the file's. A file shows every trace that it holds, the store only the traces asked
 * for: whether others used the same credential cannot be told from it, and the answer has to say so.
 */
function expectSameAnswer(fromStore: string, fromFile: string): void {
  const [store, file] = [JSON.parse(fromStore), JSON.parse(fromFile)] as { notChecked: readonly string[] }[]
  expect(file?.notChecked).toEqual([])
  expect(store).toEqual({ ...file, notChecked: store?.notChecked })
  expect([[], ['shared_credential']]).toContainEqual(store?.notChecked)
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, id]) => id as string))]
}

/** An agent that sent a mail, `later` milliseconds after the first. */
function mail(id: string, service: string, principal: string, correlation = 'stitched', later = 0): unknown {
  const traceId = id.padEnd(32, id)
  const start = BigInt(STARTED + later) * 1_000_000n
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const values = ['planner', 'assistant'].map((stringValue) => ({ stringValue }))
  const agent = [
    text('gen_ai.operation.name', 'invoke_agent'),
    text('gen_ai.agent.name', 'assistant'),
    text('attribution.principal.id', principal),
    text('attribution.principal.type', 'human'),
    text('attribution.intent.summary', 'send the report'),
    text('attribution.correlation.id', correlation),
    { key: 'attribution.actor.chain', value: { arrayValue: { values } } },
  ]
  const tool = [
    text('gen_ai.operation.name', 'execute_tool'),
    text('gen_ai.tool.name', 'sendMail'),
    text('attribution.context.id', 'mail-connector'),
    text('attribution.resource.id', 'mail-42'),
  ]
  const [agentId, toolId] = [`${traceId.slice(-15)}a`, `${traceId.slice(-15)}b`]
  const at = (nanos: bigint) => ({ startTimeUnixNano: String(start + nanos), endTimeUnixNano: String(start + 5_000n) })
  const spans = [
    { traceId, spanId: agentId, name: 'invoke_agent assistant', kind: 1, ...at(0n), attributes: agent, status: {} },
    {
      traceId,
      spanId: toolId,
      parentSpanId: agentId,
      name: 'sendMail',
      kind: 1,
      ...at(1n),
      attributes: tool,
      status: {},
    },
  ]
  const resource = { attributes: [text('service.name', service)] }
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'test' }, spans }] }] }
}

const STARTED = Date.now() - 60_000

async function send({ otlpHttp }: Jaeger, request: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${otlpHttp}/v1/traces`, { method: 'POST', headers, body: JSON.stringify(request) })
  if (!response.ok) throw new Error(`Jaeger took no spans: ${response.status}`)
}

async function holds({ url }: Jaeger, traceId: string): Promise<boolean> {
  return (await fetch(`${url}/api/v3/traces/${traceId}`)).ok
}
