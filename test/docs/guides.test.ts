import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ATTR } from '../../src/model/names.ts'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { seen } from '../live/seen.ts'
import type { Seen } from '../live/seen.ts'
import { blocksOf } from './page.ts'
import { walk } from './walk.ts'
import { installLocally, makeWorkplace } from './workplace.ts'

const run = promisify(execFile)
const GUIDES = fileURLToPath(new URL('../../docs/guides', import.meta.url))
const HELPERS = fileURLToPath(new URL('guides', import.meta.url))
const PACKAGES = [
  'ai@6',
  'zod@4',
  '../onbehalf/onbehalf-0.1.0.tgz',
  '@opentelemetry/sdk-trace-node@2',
  '@opentelemetry/otlp-transformer@0.223',
  '@opentelemetry/sdk-node@0.223',
  '@opentelemetry/instrumentation-http@0.223',
  '@opentelemetry/instrumentation-undici@0.33',
  '@opentelemetry/api@1',
]

/** What calls the code of a guide, with one `recorded()` for each of the guide's tables. */
const DRIVERS = {
  'tool-call': `
    import { answer } from './tool-call.mjs'
    await answer('kai@contoso.com', 'where is order-7?')
    recorded()`,
  approval: `
    import { runAgent } from './agent.mjs'
    import { onAnswer, refundOrder } from './approval.mjs'
    import { stored } from './services.mjs'
    await runAgent('kai@contoso.com', { refundOrder })
    recorded()
    await onAnswer(stored[0], { by: 'lea@contoso.com', approved: true })
    recorded()
    await onAnswer(stored[0], { by: 'lea@contoso.com', approved: false })
    recorded()`,
  denial: `
    import { runAgent } from './agent.mjs'
    import { refundOrder } from './denial.mjs'
    await runAgent('kai@contoso.com', { refundOrder })
    recorded()`,
  queue: `
    import { onBehalfOf } from 'onbehalf'
    import { trace } from '@opentelemetry/api'
    import { requestReport, work } from './queue.mjs'
    import { stored } from './services.mjs'
    const asked = { principal: { id: 'mia@contoso.com', type: 'human' }, intent: 'mail the report' }
    await trace.getTracer('http').startActiveSpan('POST /reports', async (span) => {
      await onBehalfOf(asked, () => requestReport('board@contoso.com'))
      span.end()
    })
    await work(stored[0])
    recorded()
    await work({ to: 'board@contoso.com' })
    recorded()`,
  schedule: `
    import { cleanUp } from './schedule.mjs'
    await cleanUp()
    recorded()`,
  streaming: `
    import { stream } from './streaming.mjs'
    const answers = ['kai@contoso.com', 'mia@contoso.com'].map((user) => stream(user, 'where is order-7?'))
    await Promise.all(answers.map(async ({ textStream }) => { for await (const _ of textStream) {} }))
    recorded()`,
} as const
type Guide = keyof typeof DRIVERS
const CODE_GUIDES = Object.keys(DRIVERS) as Guide[]
/** Guides of commands, on what the guide of approvals recorded. */
const COMMAND_GUIDES = ['ci', 'investigation']

/** They start processes, one after the other. */
const MANY_PROCESSES = { timeout: 180_000 }

const workplace = makeWorkplace()

beforeAll(async () => {
  await installLocally(PACKAGES, workplace.folder)
  cpSync(HELPERS, workplace.folder, { recursive: true })
  for (const guide of CODE_GUIDES) {
    for (const { text } of blocksOf(pageOf(guide))) writeFileSync(join(workplace.folder, `${guide}.mjs`), text)
    const driver = `import { recorded } from './tracing.mjs'${DRIVERS[guide]}\n`
    writeFileSync(join(workplace.folder, `${guide}-driver.mjs`), driver)
  }
})
afterAll(() => workplace.remove())

function pageOf(guide: string): string {
  return readFileSync(join(GUIDES, `${guide}.md`), 'utf8')
}

/** The recordings of a guide, one line of OTLP each. */
async function recordingsOf(guide: Guide, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const key = JSON.stringify([guide, env])
  const held = recordings.get(key)
  if (held !== undefined) return held
  const settings = { cwd: workplace.folder, env: { ...process.env, ...env } }
  const { stdout } = await run(process.execPath, [`${guide}-driver.mjs`], settings)
  const lines = stdout.trim().split('\n')
  recordings.set(key, lines)
  return lines
}

const recordings = new Map<string, readonly string[]>()

function spansIn(recording: string): readonly Seen[] {
  const unreadable = ({ place, reason }: { place: string; reason: string }) => {
    throw new Error(`${place}: ${reason}`)
  }
  return [...readRequest(JSON.parse(recording), unreadable)].map(seen)
}

const HEADER = ['span', 'principal', 'actor', 'context', 'decision', 'outcome', 'verdict', 'findings']

/** As a table of a guide shows a span. */
function rowOf({ name, principal, actor, context, outcome, verdict, findings, span }: Seen): readonly string[] {
  const decision = span.attributes[ATTR.decision.outcome] as string | undefined
  return [name, principal, actor, context, decision, outcome, verdict, findings.join(', ')].map((cell) => cell ?? '')
}

/** The rows of each table of a page that shows spans. */
function tablesOf(page: string): readonly (readonly string[][])[] {
  const tables = page.match(/(?:^\|.*\n)+/gmu) ?? []
  const cells = (line: string) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
  const rows = tables.map((table) => table.trim().split('\n').map(cells))
  return rows.filter(([header]) => header?.join() === HEADER.join()).map(([, , ...others]) => others)
}

const ACTS = ['tool', 'effect', 'workflow']

describe.each(CODE_GUIDES)('the guide %s', MANY_PROCESSES, (guide) => {
  it('has one block of code, and its tables are what the code records', async () => {
    const page = pageOf(guide)
    expect(blocksOf(page).map(({ language }) => language)).toEqual(['js'])
    const recorded = (await recordingsOf(guide)).map(spansIn)
    const acts = recorded.map((spans) => spans.filter(({ kind = '' }) => ACTS.includes(kind)))
    expect(acts.map((spans) => spans.map(rowOf).toSorted())).toEqual(tablesOf(page).map((rows) => rows.toSorted()))
  })
})

describe('the guide approval', () => {
  it('finds the request and the refund by one correlation id', async () => {
    const spans = (await recordingsOf('approval')).flatMap(spansIn)
    expect(new Set(spans.map(({ correlation }) => correlation)).size).toBe(1)
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3)
  })
  it('meets `strict`: asking, running and declining', async () => {
    const spans = (await recordingsOf('approval', { ONBEHALF_PROFILE: 'strict' })).flatMap(spansIn)
    expect(spans.filter(({ findings }) => findings.length > 0).map(rowOf)).toEqual([])
    expect(spans.length).toBeGreaterThan(10)
  })
})

describe('the guide investigation (vitest -u writes its output)', MANY_PROCESSES, () => {
  it('shows what its commands print of an approval', async () => {
    const [asked, approved] = await recordingsOf('approval')
    writeFileSync(join(workplace.folder, 'older.jsonl'), `${asked}\n`)
    writeFileSync(join(workplace.folder, 'traces.jsonl'), `${approved}\n`)
    const { page } = await walk(pageOf('investigation'), workplace.folder, installLocally)
    await expect(page).toMatchFileSnapshot(join(GUIDES, 'investigation.md'))
  })
})

interface Step {
  readonly run: string
}

describe('the guide ci', MANY_PROCESSES, () => {
  const [smoke, workflow] = blocksOf(pageOf('ci'))
  const steps = (parse(workflow?.text ?? '') as readonly Step[]).map((step) => step.run).slice(1)

  /** Exit codes of the steps after `npm ci`, and the summary that they wrote. */
  async function runSteps(some = steps, env: Readonly<Record<string, string>> = {}) {
    const summary = join(workplace.folder, 'summary.md')
    writeFileSync(summary, '')
    writeFileSync(join(workplace.folder, 'smoke.mjs'), smoke?.text ?? '')
    const codes: number[] = []
    for (const step of some) {
      const ended = run('sh', ['-ec', step], {
        cwd: workplace.folder,
        env: { ...process.env, GITHUB_STEP_SUMMARY: summary, ...env },
      })
      codes.push(
        await ended.then(
          () => 0,
          ({ code }: { code: number }) => code,
        ),
      )
    }
    return { codes, summary: readFileSync(summary, 'utf8') }
  }

  it('passes on an app without findings', async () => {
    const { codes, summary } = await runSteps()
    expect(codes).toEqual([0, 0, 0])
    expect(summary).toContain('100 %')
  })
  it("fails at the audit if a call is nobody's", async () => {
    const services = join(workplace.folder, 'schedule.mjs')
    const code = readFileSync(services, 'utf8')
    writeFileSync(services, code.replace("owner: 'ops-team'", "owner: ''"))
    const { codes, summary } = await runSteps()
    writeFileSync(services, code)
    expect(codes).toEqual([0, 1, 0])
    expect(summary).toContain('missing_principal')
  })
  it('fails at the audit if nothing was recorded', async () => {
    const { codes } = await runSteps(steps.slice(0, 2), { OTEL_SDK_DISABLED: 'true' })
    expect(codes).toEqual([0, 1])
  })
})

describe('the guides', () => {
  it('are each in the list', () => {
    const pages = readdirSync(GUIDES).filter((name) => name !== 'README.md')
    expect(pages.toSorted()).toEqual([...CODE_GUIDES, ...COMMAND_GUIDES].map((name) => `${name}.md`).toSorted())
    const list = readFileSync(join(GUIDES, 'README.md'), 'utf8')
    expect(pages.filter((name) => !list.includes(`](${name})`))).toEqual([])
  })
  it('fit a screen or two', () => {
    const long = [...CODE_GUIDES, ...COMMAND_GUIDES].filter((guide) => pageOf(guide).split('\n').length > 80)
    expect(long).toEqual([])
  })
})
