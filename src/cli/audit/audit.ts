import { once } from 'node:events'
import type { Command } from 'commander'
import { SEVERITIES } from '../../model/finding.ts'
import type { SpanShape } from '../../model/span.ts'
import { createJudge } from '../../judge/judge.ts'
import type { Judge } from '../../judge/judge.ts'
import type { Policy } from '../../policy/policy.ts'
import { judgeTree, treeOf } from '../../judge/trace.ts'
import type { JudgedSpan } from '../../judge/trace.ts'
import { causesOf } from '../../judge/cause.ts'
import { gateResult } from './gate.ts'
import type { Gate } from './gate.ts'
import { auditMarkdown } from './markdown.ts'
import { auditRecord } from './record.ts'
import { auditReport } from './report.ts'
import { auditSarif } from './sarif.ts'
import { AuditSummary, summaryRecord } from './summary.ts'
import { SpanPlaces } from './span-places.ts'
import type { ReadCounts } from './summary.ts'
import { Baseline, readBaseline } from './baseline.ts'
import { checkWritable, writeBaseline } from './baseline-file.ts'
import { createComplaints } from '../terminal/input-problems.ts'
import { filesIn } from '../../recording/files.ts'
import { FORMS } from '../terminal/forms-help.ts'
import { keepHeapSmall } from './heap-growth.ts'
import { readBatches } from '../../recording/input.ts'
import { loadPolicy } from '../terminal/policy.ts'
import { jsonText } from '../terminal/json.ts'
import { startProgress } from '../terminal/progress.ts'
import { count, printable } from '../terminal/text.ts'
import { isInside, isWhole, timeRangeOf, timeRangeText } from '../terminal/time.ts'
import type { TimeRange } from '../terminal/time.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { windowBytes } from '../../recording/span-weight.ts'
import { createWindow } from '../../recording/trace-window.ts'
import type { TraceGroup } from '../../recording/trace-window.ts'

const FORMATS = ['text', 'json', 'ndjson', 'sarif', 'markdown'] as const
type Format = (typeof FORMATS)[number]

interface AuditOptions {
  readonly policy?: string
  readonly profile?: string
  readonly format: string
  readonly failOn?: string
  readonly failOnIncomplete?: boolean
  readonly minAttributable?: string
  readonly minSpans?: string
  readonly allowEmpty?: boolean
  readonly baseline?: string
  readonly writeBaseline?: string
  readonly since?: string
  readonly until?: string
  readonly window: string
}

/** Adds `onbehalf audit`: judges recorded traces and reports what share of them can be attributed. */
export function addAudit(program: Command): void {
  program
    .command('audit')
    .description(
      'judge recorded traces: what share of the agent spans can be attributed, and what is wrong with the rest',
    )
    .argument('<file...>', `${FORMS}; a directory of them; - for standard input`)
    .option('--policy <file>', 'policy file, YAML or JSON')
    .option('--profile <name>', 'observe, standard or strict; overrides the policy file')
    .option('--format <format>', 'text, json (one summary), ndjson (a line per judged span), sarif or markdown', 'text')
    .option('--fail-on <severity>', 'exit with 1 on findings of this severity or above: low, medium, high, critical')
    .option('--fail-on-incomplete', "also count findings that may only be due to parents that aren't in the input")
    .option('--min-attributable <percent>', 'exit with 1 if a smaller share of the agent spans is attributable')
    .option('--min-spans <count>', 'exit with 1 if the input holds fewer spans')
    .option('--allow-empty', 'let a gate pass even if the input has no spans')
    .option('--baseline <file>', 'findings that are accepted as known')
    .option('--write-baseline <file>', 'accept the findings of this run as known: a new file, or another baseline')
    .option('--since <time>', 'only spans that start then or later: 2026-11-24T09:00:00Z, or 2h for two hours ago')
    .option('--until <time>', 'only spans that start then or earlier')
    .option('--window <spans>', 'spans to hold while their trace may go on, as far as memory allows', '50000')
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: AuditOptions) => {
      process.exitCode = await audit(files, options)
    })
}

const EXAMPLES = `
Examples:
  $ onbehalf audit traces.jsonl
  $ onbehalf audit download-of-jaeger.json spans-of-the-console.txt
  $ onbehalf audit traces.jsonl.gz --format ndjson | jq 'select(.verdict == "collapsed")'
  $ onbehalf audit traces.jsonl --write-baseline known.json
  $ onbehalf audit traces.jsonl --baseline known.json --fail-on high
  $ onbehalf audit traces.jsonl --format markdown >> "$GITHUB_STEP_SUMMARY"
  $ onbehalf audit traces.jsonl --since 24h
  $ onbehalf audit traces.jsonl --min-attributable 95 --min-spans 100

Exit code: 0; 1 if a gate fails; 2 if some of the input could not be read. The gates are --fail-on (a finding of that
severity or above is not in the baseline), --min-attributable and --min-spans; each also fails if there is no span.`

interface Settings {
  readonly policy: Policy
  readonly format: Format
  readonly gate: Gate
  readonly baseline: Baseline
  /** The findings of this run. Undefined if nobody asked for them. */
  readonly accepted: Baseline | undefined
  /** Spans that start at another time are read, because others depend on them, but not counted. */
  readonly range: TimeRange
  readonly window: number
  /** Undefined if the format doesn't show where spans were read. */
  readonly places: SpanPlaces | undefined
}

/** Runs the audit and returns the exit code: 0, 1 if a gate fails, 2 for unreadable input. */
async function audit(files: readonly string[], options: AuditOptions): Promise<number> {
  const settings = settingsOf(options)
  keepHeapSmall()
  const summary = new AuditSummary()
  const counts = await auditFiles(files, settings, summary)
  process.stdout.write(closing(summary, counts, settings))
  if (options.writeBaseline !== undefined && settings.accepted !== undefined)
    writeAccepted(options.writeBaseline, settings.accepted)
  if (counts.unreadable > 0) return 2
  const { isClosed, notes } = gateResult(summary, settings.gate, settings.policy, timeRangeText(settings.range))
  for (const note of notes) process.stderr.write(`${note}\n`)
  return isClosed ? 1 : 0
}

function writeAccepted(file: string, accepted: Baseline): void {
  writeBaseline(file, accepted.toString())
  if (accepted.left === 0) return
  const rest = `${count(accepted.left, 'more finding')} of this run ${accepted.left === 1 ? 'is' : 'are'} not in it`
  process.stderr.write(
    `${printable(file)} holds ${count(accepted.size, 'finding')}, which is all that it may; ${rest}\n`,
  )
}

/** What is printed when everything has been read. */
function closing(summary: AuditSummary, counts: ReadCounts, { format, policy, range }: Settings): string {
  if (format === 'json') return `${jsonText(summaryRecord(summary, counts), 2)}\n`
  if (format === 'sarif') return `${jsonText(auditSarif(summary, policy), 2)}\n`
  if (format === 'markdown') return auditMarkdown(summary, counts, policy, timeRangeText(range))
  return format === 'text' ? auditReport(summary, counts, policy, timeRangeText(range)) : ''
}

async function auditFiles(files: readonly string[], settings: Settings, summary: AuditSummary): Promise<ReadCounts> {
  const window = createWindow(settings.window, windowBytes())
  const judge = createJudge(settings.policy)
  const progress = startProgress()
  let read = 0
  const problems = createComplaints(settings.policy.appKeys)
  for (const file of await filesIn(files, problems)) {
    const onLine = (line: number, spans: readonly SpanShape[]) => settings.places?.note(spans, { file, line })
    for await (const spans of readBatches(file, problems.add, onLine)) {
      settings.places?.note(spans, { file, line: undefined })
      for (const span of spans) {
        read += 1
        if (isInside(span, settings.range)) summary.spans += 1
        problems.checkSpan(file, span)
        for (const group of window.add(span)) await take(group, settings, judge, summary)
      }
      progress.show(read, file)
      await printed()
    }
  }
  for (const group of window.end()) {
    await take(group, settings, judge, summary)
    await printed()
  }
  progress.end()
  problems.end()
  const traces = isWhole(settings.range) ? window.traces : summary.traces
  return {
    traces,
    late: window.late,
    isCrowded: window.isCrowded,
    duplicates: window.duplicates,
    unreadable: problems.count,
  }
}

async function take(
  { spans, late }: TraceGroup,
  settings: Settings,
  judge: Judge,
  summary: AuditSummary,
): Promise<void> {
  const { policy, format, baseline, accepted, places, range } = settings
  const tree = treeOf(spans)
  const whole = judgeTree(tree, policy, judge, { late })
  if (!spans.some((span) => isInside(span, range))) return
  const judged = whole.filter(({ span }) => isInside(span, range))
  if (!late) summary.traces += 1
  if (!late && spans.some((span) => tree.isParentMissing(span))) summary.incomplete += 1
  for (const one of judged) {
    summary.add(one, baseline, tree.isCutOff(one.span))
    if (accepted !== undefined) for (const code of one.judgement.findings) accepted.add(code, one)
  }
  if (format === 'ndjson') {
    for (const text of linesOf(judged)) {
      process.stdout.write(text)
      await printed()
    }
  } else if (format !== 'json') {
    for (const cause of causesOf(tree, judged)) summary.causes.add(cause, baseline, places)
  }
}

/** A line a span, in pieces: a trace may have as many spans as the window. */
function* linesOf(judged: readonly JudgedSpan[]): Generator<string> {
  let text = ''
  for (const one of judged) {
    text += `${jsonText(auditRecord(one))}\n`
    if (text.length < PIECE) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

const PIECE = 64 * 1024

function settingsOf(options: AuditOptions): Settings {
  if (options.writeBaseline !== undefined) checkWritable(options.writeBaseline)
  return {
    policy: loadPolicy(options.policy, options.profile),
    format: oneOf('--format', options.format, FORMATS),
    gate: gateOf(options),
    baseline: options.baseline === undefined ? new Baseline() : readBaseline(options.baseline),
    accepted: options.writeBaseline === undefined ? undefined : new Baseline(),
    range: timeRangeOf(options, Date.now()),
    window: spansOf('--window', options.window),
    places: options.format === 'sarif' ? new SpanPlaces() : undefined,
  }
}

function gateOf({ failOn, failOnIncomplete, minAttributable, minSpans, allowEmpty }: AuditOptions): Gate {
  return {
    failOn: failOn === undefined ? undefined : oneOf('--fail-on', failOn, SEVERITIES),
    failOnIncomplete: failOnIncomplete === true,
    minAttributable: minAttributable === undefined ? undefined : percentOf(minAttributable),
    minSpans: minSpans === undefined ? undefined : spansOf('--min-spans', minSpans),
    allowEmpty: allowEmpty === true,
  }
}

function percentOf(text: string): number {
  const number = /^\d+(?:\.\d+)?\s*%?$/u.test(text.trim()) ? Number.parseFloat(text) : NaN
  if (number <= 100) return number
  throw new UsageError(`--min-attributable takes a percentage from 0 to 100; not "${printable(text)}"`)
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const word = known.find((candidate) => candidate === value)
  if (word === undefined) throw new UsageError(`${option} takes one of ${known.join(', ')}, not "${printable(value)}"`)
  return word
}

function spansOf(option: string, text: string): number {
  const spans = Number(text)
  if (Number.isSafeInteger(spans) && spans > 0) return spans
  throw new UsageError(`${option} takes a number of spans, at least 1, not "${printable(text)}"`)
}

/** Waits if the reader of standard output is slower than we are. */
async function printed(): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
}
