import { once } from 'node:events'
import type { Command } from 'commander'
import { SEVERITIES } from '../model/finding.ts'
import type { Severity } from '../model/finding.ts'
import { createJudge } from '../rules/judge.ts'
import type { Judge } from '../rules/judge.ts'
import type { Policy } from '../rules/policy.ts'
import { judgeTrace } from '../rules/trace.ts'
import { auditRecord } from './audit-record.ts'
import { auditReport } from './audit-report.ts'
import { AuditSummary, summaryRecord } from './audit-summary.ts'
import type { ReadCounts } from './audit-summary.ts'
import { Baseline, knownFinding, readBaseline, writeBaseline } from './baseline.ts'
import { createComplaints } from './complaints.ts'
import { filesIn } from './files.ts'
import { readBatches } from './input.ts'
import { loadPolicy } from './policy.ts'
import { startProgress } from './progress.ts'
import { printable } from './text.ts'
import { UsageError } from './usage-error.ts'
import { createWindow } from './window.ts'
import type { TraceGroup } from './window.ts'

const FORMATS = ['text', 'json', 'ndjson'] as const
type Format = (typeof FORMATS)[number]

interface AuditOptions {
  readonly policy?: string
  readonly profile?: string
  readonly format: string
  readonly failOn?: string
  readonly baseline?: string
  readonly writeBaseline?: string
  readonly window: string
}

/** Adds `onbehalf audit`: judges recorded traces and says what share of them can be attributed. */
export function addAudit(program: Command): void {
  program
    .command('audit')
    .description(
      'judge recorded traces: what share of the agent spans can be attributed, and what is wrong with the rest',
    )
    .argument('<file...>', 'OTLP JSON, one request or one a line, gzipped or not; - for standard input')
    .option('--policy <file>', 'policy file, YAML or JSON')
    .option('--profile <name>', 'observe, standard or strict; goes before the policy file')
    .option('--format <format>', 'text, json (one summary) or ndjson (a line per judged span)', 'text')
    .option('--fail-on <severity>', 'exit with 1 on findings of this severity or above: low, medium, high, critical')
    .option('--baseline <file>', 'findings that are accepted as known')
    .option('--write-baseline <file>', 'accept the findings of this run as known')
    .option('--window <spans>', 'spans that are held while their trace may go on', '50000')
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], options: AuditOptions) => {
      process.exitCode = await audit(files, options)
    })
}

const EXAMPLES = `
Examples:
  $ onbehalf audit traces.jsonl
  $ onbehalf audit traces.jsonl.gz --format ndjson | jq 'select(.verdict == "collapsed")'
  $ onbehalf audit traces.jsonl --write-baseline known.json
  $ onbehalf audit traces.jsonl --baseline known.json --fail-on high`

interface Settings {
  readonly policy: Policy
  readonly format: Format
  readonly failOn: Severity | undefined
  readonly baseline: Baseline
  readonly window: number
}

/** Runs the audit and gives back the exit code: 0, 1 for findings at or above `--fail-on`, 2 for unreadable input. */
async function audit(files: readonly string[], options: AuditOptions): Promise<number> {
  const settings = settingsOf(options)
  const summary = new AuditSummary()
  const accepted = new Baseline()
  const counts = await auditFiles(files, settings, summary, accepted)
  if (settings.format === 'json') process.stdout.write(`${JSON.stringify(summaryRecord(summary, counts), null, 2)}\n`)
  if (settings.format === 'text') process.stdout.write(auditReport(summary, counts, settings.policy))
  if (options.writeBaseline !== undefined) writeBaseline(options.writeBaseline, accepted)
  if (counts.unreadable > 0) return 2
  return settings.failOn !== undefined && summary.hasNew(settings.failOn, settings.policy) ? 1 : 0
}

async function auditFiles(
  files: readonly string[],
  settings: Settings,
  summary: AuditSummary,
  accepted: Baseline,
): Promise<ReadCounts> {
  const window = createWindow(settings.window)
  const judge = createJudge(settings.policy)
  const progress = startProgress()
  const complaints = createComplaints()
  for (const file of await filesIn(files, complaints.add)) {
    for await (const spans of readBatches(file, complaints.add)) {
      for (const span of spans) {
        summary.spans += 1
        for (const group of window.add(span)) take(group, settings, judge, summary, accepted)
      }
      progress.show(summary.spans, file)
      await printed()
    }
  }
  for (const group of window.end()) {
    take(group, settings, judge, summary, accepted)
    await printed()
  }
  progress.end()
  complaints.end()
  return { traces: window.traces, late: window.late, duplicates: window.duplicates, unreadable: complaints.count }
}

function take(
  { spans, late }: TraceGroup,
  { policy, format, baseline }: Settings,
  judge: Judge,
  summary: AuditSummary,
  accepted: Baseline,
): void {
  let lines = ''
  for (const judged of judgeTrace(spans, policy, judge, { late })) {
    summary.add(judged, baseline)
    for (const code of judged.judgement.findings) accepted.add(knownFinding(code, judged))
    if (format === 'ndjson') lines += `${JSON.stringify(auditRecord(judged))}\n`
  }
  if (lines !== '') process.stdout.write(lines)
}

function settingsOf(options: AuditOptions): Settings {
  return {
    policy: loadPolicy(options.policy, options.profile),
    format: oneOf('--format', options.format, FORMATS),
    failOn: options.failOn === undefined ? undefined : oneOf('--fail-on', options.failOn, SEVERITIES),
    baseline: options.baseline === undefined ? new Baseline() : readBaseline(options.baseline),
    window: windowOf(options.window),
  }
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const word = known.find((candidate) => candidate === value)
  if (word === undefined) throw new UsageError(`${option} takes one of ${known.join(', ')}; not "${printable(value)}"`)
  return word
}

function windowOf(text: string): number {
  const spans = Number(text)
  if (Number.isSafeInteger(spans) && spans > 0) return spans
  throw new UsageError(`--window takes a number of spans from 1; not "${printable(text)}"`)
}

/** Waits where the reader of standard output is slower than we are. */
async function printed(): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
}
