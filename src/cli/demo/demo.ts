import { createRequire } from 'node:module'
import type { Command } from 'commander'
import type { Facet, Verdict } from '../../model/attribution.ts'
import type { FindingCode } from '../../model/finding.ts'
import type { SpanShape } from '../../model/span.ts'
import { explain } from '../../explain/explanation.ts'
import { leastOf } from '../../explain/sureness.ts'
import type { Explanation } from '../../explain/explanation.ts'
import { readRequest } from '../../otlp/otlp-json.ts'
import { createPolicy } from '../../policy/policy.ts'
import { runScenario } from './processes.ts'
import { startReceiver } from './receiver.ts'
import type { Receiver } from './receiver.ts'
import { SCENARIOS } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { explanationText } from '../explain/text.ts'
import { paint, textWidth, wrap } from '../terminal/text.ts'
import type { Style } from '../terminal/text.ts'
import { BAD_USER, plainUrlOf, shownUrl } from '../terminal/url.ts'
import type { PlainUrl } from '../terminal/url.ts'
import { UsageError } from '../terminal/usage-error.ts'

/** Stays in the working directory for `audit` and `explain`. */
const FILE = 'onbehalf-demo.otlp.jsonl'

/** Adds `onbehalf demo`: real processes send one mail in five ways. Explains each and compares the verdicts. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      "send one mail through separate processes: once done right, once on the code's word alone, and three times wrong",
    )
    .option('--otlp <url>', 'also forward the spans to this OTLP/HTTP endpoint, for example http://localhost:4318')
    .option('--scenario <id>', `only one of ${SCENARIOS.map(({ id }) => id).join(', ')}`)
    .addHelpText('after', NOTES)
    .action(async ({ otlp, scenario }: { readonly otlp?: string; readonly scenario?: string }) => {
      process.exitCode = await demo(otlp, chosen(scenario))
    })
}

const NOTES = `
Forwarded requests carry the headers in OTEL_EXPORTER_OTLP_HEADERS (name=value,…).`

function chosen(id: string | undefined): readonly Scenario[] {
  const scenarios = SCENARIOS.filter((scenario) => id === undefined || scenario.id === id)
  if (scenarios.length > 0) return scenarios
  throw new UsageError(`--scenario takes one of ${SCENARIOS.map((one) => one.id).join(', ')}, not "${id}"`)
}

interface Played {
  readonly scenario: Scenario
  /** One per trace, in order of time. */
  readonly explanations: readonly Explanation[]
}

/** Returns the exit code: 1 if the spans could not be forwarded. */
async function demo(otlp: string | undefined, scenarios: readonly Scenario[]): Promise<number> {
  checkPackages()
  const endpoint = endpointOf(otlp)
  const receiver = await receiverTo(endpoint)
  const played: Played[] = []
  say(`${wrap(INTRODUCTION, textWidth())}\n`)
  try {
    for (const scenario of scenarios) {
      await runScenario(scenario.id, receiver.endpoint)
      const one = { scenario, explanations: explained(receiver.taken()) }
      played.push(one)
      say(scenarioText(one, played.length))
    }
  } finally {
    receiver.close()
  }
  say(sideBySide(played))
  const isPassedOn = receiver.failures.length === 0
  say(whatNext(played, isPassedOn ? endpoint : undefined))
  for (const failure of new Set(receiver.failures)) process.stderr.write(`not forwarded: ${failure}\n`)
  return isPassedOn ? 0 : 1
}

const INTRODUCTION =
  'Kai asks an assistant to mail the weekly report to the board. The assistant, an agent on the Vercel AI SDK, calls a ' +
  'mail connector, which calls the mail API: three processes, each started with --import onbehalf/register.'

const NEEDED = [
  'ai',
  '@opentelemetry/api',
  '@opentelemetry/sdk-node',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-undici',
]

/** The major version of the AI SDK that the demo's agent is written for. */
const AI_LINE = '6'

/** They belong to the user's app, so this package doesn't install them. */
function checkPackages(): void {
  const require = createRequire(import.meta.url)
  const missing = NEEDED.filter((name) => !isHere(require, name))
  const asked = missing.map((name) => (name === 'ai' ? `ai@${AI_LINE}` : name))
  if (asked.length > 0) throw new UsageError(`the demo runs a real agent; first run: npm install ${asked.join(' ')}`)
  const { version } = require('ai/package.json') as { readonly version: string }
  if (version.split('.')[0] === AI_LINE) return
  throw new UsageError(
    `the demo needs ai ${AI_LINE}, but ${version} is here; in a new folder, run: npm install ai@${AI_LINE}`,
  )
}

function isHere(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}

/** The text may hold a password, so an error doesn't repeat it. */
function endpointOf(otlp: string | undefined): PlainUrl | undefined {
  const endpoint = otlp === undefined ? undefined : plainUrlOf(otlp)
  if (otlp !== undefined && endpoint === undefined)
    throw new UsageError(`--otlp takes a URL such as http://localhost:4318; ${BAD_USER}`)
  return endpoint
}

async function receiverTo(endpoint: PlainUrl | undefined): Promise<Receiver> {
  try {
    return await startReceiver(FILE, endpoint)
  } catch (error) {
    throw new UsageError(`cannot write ${FILE} here: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function explained(requests: readonly unknown[]): readonly Explanation[] {
  const traces = new Map<string, SpanShape[]>()
  for (const request of requests) {
    for (const span of readRequest(request, () => {})) {
      const { traceId } = span.spanContext()
      traces.set(traceId, [...(traces.get(traceId) ?? []), span])
    }
  }
  const policy = createPolicy({})
  return [...traces.values()]
    .toSorted((a, b) => startSeconds(a) - startSeconds(b))
    .map((spans) => explain(spans, policy))
    .filter(({ chain }) => chain.length > 0)
}

function startSeconds(spans: readonly SpanShape[]): number {
  return Math.min(...spans.map(({ startTime: [seconds, nanos] }) => seconds + nanos / 1e9))
}

function scenarioText({ scenario, explanations }: Played, number: number): string {
  const title = paint('bold', wrap(`${number}. ${scenario.title}: ${scenario.story}`, textWidth()))
  return `${title}\n\n${explanations.map((one) => explanationText(one)).join('\n')}`
}

const VERDICT_STYLE: Record<Verdict, Style> = {
  separated: 'green',
  declared: 'green',
  collapsed: 'red',
  unknown: 'yellow',
}

const COLUMNS = [
  { facet: 'principal', title: 'who asked' },
  { facet: 'actor', title: 'what acted' },
  { facet: 'context', title: 'through what' },
  { facet: 'intent', title: 'why' },
] as const satisfies readonly { facet: Facet; title: string }[]

/**
 * The five ways and what the spans of each prove, with the findings below. A facet counts as proven only if all traces
 * prove it.
 */
function sideBySide(played: readonly Played[]): string {
  const head = ['', ...COLUMNS.map(({ title }) => title), 'verdict']
  const rows = played.map(({ scenario, explanations }) => [
    scenario.short,
    ...COLUMNS.map(({ facet }) => proofOf(explanations, facet)),
    worstVerdict(explanations),
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)))
  const lines = rows.flatMap((row, index) => {
    const codes = codesOf(played[index]?.explanations ?? [])
    return [rowText(row, widths), ...(codes.length === 0 ? [] : [paint('dim', `  ${codes.join(', ')}`)])]
  })
  return `${[rowText(head, widths), ...lines].join('\n')}\n`
}

function rowText(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => {
    const style = (VERDICT_STYLE as Partial<Record<string, Style>>)[cell]
    const padded = cell.padEnd(widths[column] ?? 0)
    return style === undefined ? padded : paint(style, padded)
  })
  return cells.join('  ').trimEnd()
}

/** The proof of the weakest trace. */
function proofOf(explanations: readonly Explanation[], facet: Facet): string {
  const clauses = explanations.flatMap((one) => one.clauses.filter((clause) => clause.facet === facet))
  if (clauses.length === 0 || clauses.some(({ proven }) => !proven)) return 'not proven'
  return leastOf(clauses) ?? 'proven'
}

const FROM_BEST = ['separated', 'declared', 'unknown', 'collapsed'] as const satisfies readonly Verdict[]

function worstVerdict(explanations: readonly Explanation[]): Verdict {
  const ranks = explanations.flatMap(({ chain }) =>
    chain.map(({ judged }) => FROM_BEST.indexOf(judged.judgement.verdict)),
  )
  return FROM_BEST[Math.max(...ranks)] ?? 'unknown'
}

function codesOf(explanations: readonly Explanation[]): readonly FindingCode[] {
  return [...new Set(explanations.flatMap(({ lacks }) => lacks.map(({ code }) => code)))]
}

function whatNext(played: readonly Played[], endpoint: PlainUrl | undefined): string {
  const traceId =
    (
      played.find(({ scenario }) => scenario.id === 'as-the-user') ?? played[0]
    )?.explanations[0]?.chain[0]?.judged.span.spanContext().traceId ?? ''
  const passedOn = endpoint === undefined ? '' : ` and were forwarded to ${shownUrl(endpoint.url)}`
  const left = `The spans left over OTLP/HTTP. They are in ${FILE}${passedOn}. Go on with:`
  return `${wrap(left, textWidth())}

  npx --no-install onbehalf audit ${FILE}
  npx --no-install onbehalf explain ${traceId.slice(0, 8)} --file ${FILE}
`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
