import type { Command } from 'commander'
import type { SpanShape } from '../../model/span.ts'
import { explain, sentenceOf } from '../../explain/explanation.ts'
import type { Policy } from '../../policy/policy.ts'
import { explanationRecord } from './record.ts'
import { explanationText } from './text.ts'
import { createComplaints } from '../terminal/input-problems.ts'
import type { InputProblems } from '../terminal/input-problems.ts'
import { filesIn, isLasting } from '../../recording/files.ts'
import { FORMS } from '../terminal/forms-help.ts'
import { readSpans } from '../../recording/input.ts'
import { jaegerOrder, jaegerSpans } from './jaeger.ts'
import { HEADERS_VARIABLE, jaegerAddress } from './jaeger-request.ts'
import { jsonText } from '../terminal/json.ts'
import { loadPolicy } from '../terminal/policy.ts'
import { startProgress } from '../terminal/progress.ts'
import {
  FILTERS,
  findTrace,
  findTraces,
  informedJudge,
  isWorkflow,
  LIST_INSTEAD,
  nearText,
  startSeconds,
} from './selection.ts'
import type { Filter, Filtered, Selection, Selector, SpanOrder } from './selection.ts'
import { count, printable, textWidth, wrap } from '../terminal/text.ts'
import { timeRangeOf, timeRangeText } from '../terminal/time.ts'
import type { TimeRange } from '../terminal/time.ts'
import { UsageError } from '../terminal/usage-error.ts'

interface ExplainOptions {
  readonly file?: readonly string[]
  readonly jaeger?: string
  readonly header?: readonly string[]
  readonly timeout: string
  readonly scan?: true
  readonly correlation?: string
  readonly resource?: string
  readonly principal?: string
  readonly since?: string
  readonly until?: string
  readonly policy?: string
  readonly profile?: string
  readonly evidence?: true
  readonly format: string
}

/** Adds `onbehalf explain`: the answer for one piece of work, based only on what its spans prove. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('who did this, for whom, why, under what authority and with what result, from what the trace proves')
    .argument('[trace-id]', 'the trace id, or the start of it')
    .option('--correlation <id>', 'instead: all traces with this correlation id')
    .option('--resource <id>', 'instead: what touched this attribution.resource.id or attribution.context.target')
    .option('--principal <id>', 'instead: what was done for this principal; several of these have to match together')
    .option('--since <time>', 'not before this time: 2026-11-24T09:00:00Z, or 2h for two hours ago; may stand alone')
    .option('--until <time>', 'not after this time; may stand alone')
    .option('--file <file...>', `${FORMS}; - for standard input`)
    .option('--jaeger <url>', 'instead of files: a Jaeger query service, with its base path')
    .option('--scan', 'with --jaeger: read every trace in the time range instead of searching by exact text')
    .option('--header <line>', `with --jaeger: NAME: VALUE, repeatable; also ${HEADERS_VARIABLE}`, repeated)
    .option('--timeout <seconds>', 'with --jaeger: for each request', '30')
    .option('--policy <file>', 'policy file, YAML or JSON')
    .option('--profile <name>', 'observe, standard or strict; overrides the policy file')
    .option('--evidence', 'name the span and attribute behind each clause; JSON always does')
    .option('--format <format>', 'text or json', 'text')
    .addHelpText('after', EXAMPLES)
    .action(async (traceId: string | undefined, options: ExplainOptions) => {
      process.exitCode = await runExplain(traceId, options)
    })
}

const EXAMPLES = `
Examples:
  $ onbehalf explain 4e81f3b2 --file traces.jsonl
  $ onbehalf explain --principal kai@contoso.com --since 2026-11-01 --file traces.jsonl.gz
  $ onbehalf explain --resource mail-42 --principal kai@contoso.com --file traces.jsonl
  $ onbehalf explain 4e81f3b2 --file traces.jsonl --format json | jq .sentence
  $ onbehalf explain --since 2h --jaeger http://localhost:16686
  $ onbehalf explain --correlation 0f8fad5b-d9cb-469f-a165-70867728950e --jaeger http://localhost:16686

Exit code: 0; 2 if nothing was found, or something could not be read.`

/** Returns the exit code: 0, or 2 if the answer may be incomplete because not everything could be read. */
async function runExplain(traceId: string | undefined, options: ExplainOptions): Promise<number> {
  const selector = selectorOf(traceId, options)
  const range = timeRangeOf(options, Date.now())
  const format = formatOf(options.format)
  const policy = loadPolicy(options.policy, options.profile)
  const source =
    options.jaeger === undefined ? fileSource(options) : jaegerSource(options.jaeger, options, selector, range)
  const found = await find(source, selector, range, policy)
  process.stdout.write(
    withinText(() => answerFor(found, selector, policy, { format, evidence: options.evidence === true })),
  )
  return source.end() ? 0 : 2
}

/** V8 has texts of at most half a gigabyte. */
function withinText(answer: () => string): string {
  try {
    return answer()
  } catch (error) {
    if (!(error instanceof RangeError && error.message === 'Invalid string length')) throw error
    throw new UsageError(
      'the answer is longer than a text may be: take --format text, or onbehalf audit --format ndjson',
    )
  }
}

async function find(
  { spans, again, order }: Source,
  selector: Selector,
  range: TimeRange,
  policy: Policy,
): Promise<Selection> {
  if (selector.by === 'trace') {
    const trace = await findTrace(spans, selector.traceId, range)
    const isOpen = explain(trace.spans, policy).unchecked.length > 0
    const judge = isOpen && again !== undefined ? await informedJudge(again(), policy) : undefined
    return { traces: [trace], isCut: false, judge, near: [] }
  }
  const found = await findTraces(spans, order, selector, range, policy)
  if (found.traces.length === 0) throw new UsageError(nothingFound(selector, range, found.near))
  return found
}

function nothingFound({ filters }: Filtered, range: TimeRange, near: readonly string[]): string {
  const named = filters.map(({ by, id }) => `${by} ${printable(id)}`).join(' and ')
  const what = named === '' ? '' : ` with ${named}`
  const time = timeRangeText(range)
  const next = time === '' ? LIST_INSTEAD : 'widen the search with --since and --until'
  return `no agent span${what} was found${time}${nearText(near)}; ${next}`
}

interface AnswerForm {
  readonly format: 'text' | 'json'
  readonly evidence: boolean
}

/** Explains one workflow. Lists several, each with the way to ask for it. */
function answerFor(found: Selection, selector: Selector, policy: Policy, form: AnswerForm): string {
  const { traces, isCut, judge } = found
  if (traces.length > 1 && !isWorkflow(selector)) return listOf(found, policy, form)
  if (isCut) process.stderr.write(`only the first ${count(traces.length, 'trace')} are explained; ${NARROW}\n`)
  const explanation = explain(
    traces.flatMap(({ spans }) => spans),
    policy,
    judge,
  )
  if (form.format === 'text') return explanationText(explanation, form)
  const ids = traces.map(({ traceId }) => traceId)
  return `${jsonText(explanationRecord(explanation, ids), 2)}\n`
}

const NARROW = 'narrow it with --since and --until'

function listOf({ traces, isCut, judge }: Selection, policy: Policy, { format }: AnswerForm): string {
  const found = traces.map(({ traceId, spans }) => ({
    traceId,
    start: new Date(startSeconds(spans) * 1_000).toISOString(),
    sentence: sentenceOf(explain(spans, policy, judge)),
  }))
  if (format === 'json') return `${jsonText({ found, more: isCut }, 2)}\n`
  const lines = found.map(
    ({ traceId, start, sentence }) => `\n${traceId}  ${start}\n${wrap(printable(sentence), textWidth(), '  ')}`,
  )
  const first = isCut
    ? `more than ${count(found.length, 'trace')} match, of which these are the first; ${NARROW}, or explain one by its id:`
    : `${count(found.length, 'trace')} match; explain one by its id:`
  return `${[wrap(first, textWidth()), ...lines].join('\n')}\n`
}

/** A source of spans. */
interface Source {
  readonly spans: AsyncIterable<SpanShape>
  /** Reads the same spans again. Undefined if that can't be done or would take too long. */
  readonly again?: () => AsyncIterable<SpanShape>
  readonly order: SpanOrder
  /** Reports any problems that are left. Returns whether everything could be read. */
  end(): boolean
}

function fileSource({ file }: ExplainOptions): Source {
  if (file === undefined) throw new UsageError('say where the traces are: --file FILE or --jaeger URL')
  const problems = createComplaints()
  const end = () => {
    problems.end()
    return problems.count === 0
  }
  const order = { isByTrace: false, isByTime: false }
  const spans = withProgress(filesSpans(file, problems))
  if (!file.every(isLasting)) return { spans, order, end }
  // The first pass has reported everything that can't be read.
  const again = () => withProgress(filesSpans(file, SILENT))
  return { spans, again, order, end }
}

const SILENT = { add() {}, checkSpan() {}, note() {} }

async function* filesSpans(
  paths: readonly string[],
  problems: Pick<InputProblems, 'add' | 'checkSpan' | 'note'>,
): AsyncGenerator<Located> {
  for (const file of await filesIn(paths, problems)) {
    for await (const span of readSpans(file, problems.add)) {
      problems.checkSpan(file, span)
      yield { span, file }
    }
  }
}

function jaegerSource(url: string, options: ExplainOptions, selector: Selector, range: TimeRange): Source {
  if (options.file !== undefined) throw new UsageError('take --file or --jaeger, not both')
  const inEnvironment = (process.env[HEADERS_VARIABLE] ?? '').split(',').filter((line) => line.trim() !== '')
  const address = jaegerAddress(url, [...inEnvironment, ...(options.header ?? [])], options.timeout)
  let isWhole = true
  const say = (text: string) => process.stderr.write(`${printable(text)}\n`)
  const report = {
    note: say,
    incomplete(reason: string) {
      isWhole = false
      say(`the answer may be incomplete: ${reason}`)
    },
  }
  const question = { selector, range, scan: options.scan === true }
  const spans = withProgress(located(jaegerSpans(address, question, report), 'Jaeger'))
  return { spans, order: jaegerOrder(question), end: () => isWhole }
}

interface Located {
  readonly span: SpanShape
  readonly file: string
}

async function* located(spans: AsyncIterable<SpanShape>, file: string): AsyncGenerator<Located> {
  for await (const span of spans) yield { span, file }
}

async function* withProgress(spans: AsyncIterable<Located>): AsyncGenerator<SpanShape> {
  const progress = startProgress()
  let read = 0
  try {
    for await (const { span, file } of spans) {
      progress.show(++read, file)
      yield span
    }
  } finally {
    progress.end()
  }
}

function repeated(line: string, before: readonly string[] = []): readonly string[] {
  return [...before, line]
}

const TRACE_ID_START = /^[\da-f]{4,32}$/iu

function selectorOf(traceId: string | undefined, options: ExplainOptions): Selector {
  const filters: Filter[] = []
  for (const by of FILTERS) {
    const id = options[by]
    if (id?.trim() === '') throw new UsageError(`--${by} is empty: it takes an id`)
    if (id !== undefined) filters.push({ by, id })
  }
  if (traceId !== undefined) {
    if (filters.length > 0) throw new UsageError('a trace id stands alone: leave it out, or the other ids')
    if (TRACE_ID_START.test(traceId)) return { by: 'trace', traceId }
    throw new UsageError(`"${printable(traceId)}" isn't a trace id: 4 to 32 hexadecimal digits`)
  }
  const hasTime = options.since !== undefined || options.until !== undefined
  if (filters.length > 0 || hasTime) return { by: 'filters', filters }
  const last = options.file?.at(-1)
  if (last !== undefined && TRACE_ID_START.test(last)) {
    throw new UsageError(
      `--file takes all that follows it: put the trace id first, as in onbehalf explain ${last} --file FILE`,
    )
  }
  throw new UsageError(
    'name a trace id, --correlation, --resource or --principal, or a time with --since or --until; for example: onbehalf explain 4e81f3b2 --file traces.jsonl',
  )
}

function formatOf(format: string): 'text' | 'json' {
  if (format === 'text' || format === 'json') return format
  throw new UsageError(`--format takes one of text, json, not "${printable(format)}"`)
}
