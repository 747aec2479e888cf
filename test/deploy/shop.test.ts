import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { ATTR } from '../../src/model/names.ts'
import type { Seen } from '../live/seen.ts'
import { run } from '../matrix/run.ts'
import { spansIn } from '../register/child.ts'

const SHOP = fileURLToPath(new URL('../../examples/shop/', import.meta.url))
const KAI = 'kai@shop.example'
const MIA = 'mia@shop.example'
const OWNER_OF: Readonly<Record<string, string>> = {
  'order-1': KAI,
  'order-2': KAI,
  'order-3': KAI,
  'order-4': MIA,
  'order-5': KAI,
  'order-6': MIA,
  'order-8': 'shop-operations',
  'order-9': 'shop-operations',
}

/** What the commands of `npm start` print, each below its own name. */
let printed: readonly string[]
let spans: readonly Seen[]
let judged: readonly Seen[]
let byId: ReadonlyMap<string, Seen>

beforeAll(async () => {
  const { packages } = readJson('package-lock.json') as { packages: Record<string, { dependencies: object }> }
  const { dependencies } = readJson('../../package.json') as { dependencies: object }
  // npm ci doesn't notice.
  if (!isDeepStrictEqual(packages['node_modules/onbehalf']?.dependencies, dependencies))
    throw new Error('the lockfile is older than the dependencies of onbehalf: run npm install in examples/shop')
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: SHOP })
  const { stdout } = await run('npm', ['start'], { cwd: SHOP })
  printed = stdout.split(/^(?=> onbehalf)/mu).map(oneLine)
  spans = spansIn(`${SHOP}spans.jsonl`)
  judged = spans.filter(({ verdict }) => verdict !== undefined)
  byId = new Map(spans.map((span) => [span.spanId, span]))
})

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(`${SHOP}${path}`, 'utf8'))
}

const resourceOf = ({ span }: Seen) => span.attributes[ATTR.resourceId] as string | undefined
const toolOf = ({ span }: Seen) =>
  (span.attributes['ai.toolCall.name'] ?? span.attributes['gen_ai.tool.name']) as string
const parentOf = ({ parentSpanId }: Seen) => (parentSpanId === undefined ? undefined : byId.get(parentSpanId))

function ancestorsOf(span: Seen): readonly Seen[] {
  const parent = parentOf(span)
  return parent === undefined ? [] : [parent, ...ancestorsOf(parent)]
}

/** The tool spans of one order, or of all. */
const acts = (tool: string, order?: string) =>
  judged.filter(
    (span) => span.kind === 'tool' && toolOf(span) === tool && [undefined, resourceOf(span)].includes(order),
  )

const decisionOf = ({ span: { attributes } }: Seen) => ({
  outcome: attributes[ATTR.decision.outcome],
  approver: attributes[ATTR.decision.approverId],
})

const oneLine = (text: string) => text.replaceAll(/\s+/gu, ' ').trim()
const printedBy = (about: string) => printed.find((text) => text.startsWith('> onbehalf') && text.includes(about)) ?? ''

describe('the shop', () => {
  it('has two users with spans in many traces', () => {
    for (const user of [KAI, MIA]) {
      const traces = new Set(judged.filter(({ principal }) => principal === user).map(({ traceId }) => traceId))
      expect(traces.size).toBeGreaterThanOrEqual(5)
    }
  })

  it('names on each span the user whose order it is about', () => {
    const named = judged.filter((span) => resourceOf(span) !== undefined)
    expect(named.length).toBeGreaterThan(15)
    const below = judged.filter((span) => ancestorsOf(span).some((above) => named.includes(above)))
    expect(below.length).toBeGreaterThan(20)
    const wrong = [...named, ...below].filter((span) => {
      const about = [span, ...ancestorsOf(span)].map(resourceOf).find((order) => order !== undefined)
      return span.principal !== OWNER_OF[about ?? '']
    })
    expect(wrong).toEqual([])
  })

  it('names one user in each trace of the agent, the one whose words are the intent', () => {
    const asked = judged.filter(({ intent, principal }) => intent !== undefined && principal !== 'shop-operations')
    const wrong = asked.filter(({ intent, principal }) => {
      const order = /order-\d/u.exec(intent ?? '')?.[0] ?? ''
      return principal !== OWNER_OF[order]
    })
    expect(asked.length).toBeGreaterThan(50)
    expect(wrong).toEqual([])
  })

  it('meets strict with every tool: only the approval of an own request is found', () => {
    const found = new Set(judged.flatMap(({ findings }) => findings))
    expect([...found]).toEqual(['self_approved'])
    expect(judged.filter(({ complete }) => complete !== true)).toEqual([])
  })

  it('has a finding on each span whose verdict is neither separated nor declared', () => {
    const other = judged.filter(({ verdict }) => verdict !== 'separated' && verdict !== 'declared')
    expect(other.filter(({ findings }) => findings.length === 0)).toEqual([])
  })

  it('says the same in the audit as on the spans', () => {
    expect(printedBy('audit')).toContain('100 % attributable, 100 % complete by policy')
    expect(printedBy('audit')).toContain('Findings: 3 high; in 1 place')
  })
})

describe('a refund that policy denies', () => {
  it('is denied on the tool’s own span, and has no effect', () => {
    const [refund, ...more] = acts('refundOrder', 'order-2')
    expect(more).toEqual([])
    expect(refund).toMatchObject({ outcome: 'denied', principal: KAI, context: 'orders-db' })
    expect(decisionOf(refund as Seen).outcome).toBe('deny')
    const effects = judged.filter((span) => span.kind === 'effect' && parentOf(span) === refund)
    expect(effects.map(({ name, outcome }) => ({ name, outcome }))).toEqual([{ name: 'refused', outcome: 'denied' }])
  })

  it('reads as denied', () => {
    const text = printedBy('order-2')
    expect(text).toContain('policy refunds denied')
    expect(text).toContain('refundOrder was denied on order-2.')
    expect(text).not.toContain('refundOrder succeeded')
  })
})

describe('a deletion that needs approval', () => {
  const attempts = (order: string) =>
    acts('deleteOrder', order).map((span) => ({ ...decisionOf(span), outcome: span.outcome, findings: span.findings }))
  const deletes = (order: string) =>
    judged.filter(
      (span) => span.name.startsWith('pg.query:DELETE') && ancestorsOf(span).some((up) => resourceOf(up) === order),
    )
  const WAITING = { outcome: 'denied', approver: undefined, findings: [] }

  it('asks without doing it', () => {
    const [first] = acts('deleteOrder', 'order-3').filter(({ outcome }) => outcome === 'denied')
    const below = judged.filter((span) => ancestorsOf(span).includes(first as Seen))
    expect(below.map(toolOf)).toContain('askForApproval')
    expect(below.some(({ name }) => name.startsWith('pg.query:INSERT'))).toBe(true)
    expect(below.flatMap(({ findings }) => findings)).toEqual([])
  })

  it('runs for the user who asked, once someone else has approved', () => {
    expect(attempts('order-3')).toEqual(
      expect.arrayContaining([WAITING, { outcome: 'success', approver: MIA, findings: [] }]),
    )
    expect(deletes('order-3').map(({ principal }) => principal)).toEqual([KAI])
    expect(printedBy('order-3')).toContain('escalated (approved by mia@shop.example); deleteOrder succeeded')
  })

  it('is refused if it is declined', () => {
    expect(attempts('order-5')).toEqual(
      expect.arrayContaining([WAITING, { outcome: 'denied', approver: MIA, findings: [] }]),
    )
    expect(deletes('order-5')).toEqual([])
    expect(printedBy('order-5')).toContain('denied (declined by mia@shop.example); deleteOrder was denied')
  })

  it('is found if the user who asked approves it', () => {
    expect(attempts('order-6')).toEqual(
      expect.arrayContaining([WAITING, { outcome: 'success', approver: MIA, findings: ['self_approved'] }]),
    )
    expect(printedBy('audit')).toContain('high self_approved')
  })
})

describe('work without a request', () => {
  it('writes a receipt for the user who got the refund, in one trace a job', () => {
    const receipts = acts('writeReceipt')
    expect(receipts.map(({ principal }) => principal).toSorted()).toEqual([KAI, MIA])
    for (const receipt of receipts) {
      expect(parentOf(receipt)?.name).toBe('job writeReceipt')
      const insert = judged.filter((span) => span.name.startsWith('pg.query:INSERT') && parentOf(span) === receipt)
      expect(insert).toHaveLength(1)
    }
  })

  it('is one trace at night, with its acts below the run', () => {
    const night = judged.filter(({ principal }) => principal === 'shop-operations')
    expect(new Set(night.map(({ traceId }) => traceId)).size).toBe(1)
    const [root, ...others] = night.filter(({ parentSpanId }) => parentSpanId === undefined)
    expect(others).toEqual([])
    expect(root?.name).toBe('nightly cleanup')
    const tools = night.filter(({ kind }) => kind === 'tool')
    expect(tools.map(toolOf)).toEqual(['findUnpaid', 'purgeOrder', 'purgeOrder'])
    expect(tools.map((tool) => parentOf(tool)?.name)).toEqual(tools.map(() => 'nightly cleanup'))
    const effects = night.filter(({ kind }) => kind === 'effect')
    expect(effects.every((effect) => parentOf(effect)?.kind === 'tool')).toBe(true)
    expect(new Set(night.map(({ verdict }) => verdict))).toEqual(new Set(['declared']))
  })
})

it('prints what its README shows', () => {
  const blocks = readFileSync(`${SHOP}README.md`, 'utf8').matchAll(
    /^```console\n\$ (?<command>[^\n]*)\n(?<output>.*?)^```/gmsu,
  )
  const shown = [...blocks].map(({ groups = {} }) => ({
    command: groups['command'] ?? '',
    output: oneLine(groups['output'] ?? ''),
  }))
  expect(shown).toHaveLength(4)
  for (const { command, output } of shown) expect(printedBy(command.split(' ').at(-1) ?? '')).toContain(output)
})
