import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SpanShape } from '../src/model/span.ts'
import { readRequest } from '../src/otlp/otlp-json.ts'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** What a label file says of one span. */
interface Label {
  readonly kind: string
  readonly dialect: string
}

export interface RecordedSpan {
  readonly source: string
  readonly span: SpanShape
  readonly label: Label
}

/** Every labelled span of the recorded corpus. Throws where there is none: a score of nothing would pass. */
export function labelledSpans(): readonly RecordedSpan[] {
  const directory = corpusDirectory()
  const sources = readdirSync(directory).filter((file) => file.endsWith(TRACES))
  const spans = sources.flatMap((file) => labelledSpansOf(directory, file.slice(0, -TRACES.length)))
  if (spans.length === 0) throw new Error(`No labelled spans in ${directory}`)
  return spans
}

const TRACES = '.otlp.jsonl'

/** Every line of the recordings as it is: one request each. */
export function recordedLines(): readonly string[] {
  const directory = corpusDirectory()
  const files = readdirSync(directory).filter((file) => file.endsWith(TRACES))
  return files.toSorted().flatMap((file) => textLinesOf(join(directory, file)))
}

/** A clone of its own has no corpus beside it; where `ONBEHALF_DATA` names one, as CI does, it has to be there. */
export const hasCorpus = process.env['ONBEHALF_DATA'] !== undefined || existsSync(corpusDirectory())

/** What a suite adds to its title, so that a skip says why. */
export const WITHOUT_CORPUS = hasCorpus ? '' : ' (SKIPPED: no recorded corpus here; set ONBEHALF_DATA to its folder)'

function corpusDirectory(): string {
  return process.env['ONBEHALF_DATA'] ?? resolve(ROOT, '../shared/data')
}

function labelledSpansOf(directory: string, source: string): readonly RecordedSpan[] {
  const labels = readLabels(join(directory, `${source}.labels.jsonl`))
  return readSpans(join(directory, source + TRACES)).flatMap((span) => {
    const label = labels.get(keyOf(span.spanContext()))
    return label === undefined ? [] : [{ source, span, label }]
  })
}

function readLabels(file: string): ReadonlyMap<string, Label> {
  const labels = linesOf(file).map((line) => line as Label & { traceId: string; spanId: string })
  return new Map(labels.map((label) => [keyOf(label), label]))
}

/** Ids of spans repeat over traces. */
function keyOf({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId}/${spanId}`
}

function textLinesOf(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.trim() !== '')
}

function linesOf(file: string): readonly unknown[] {
  return textLinesOf(file).map((line) => JSON.parse(line) as unknown)
}

function readSpans(file: string): readonly SpanShape[] {
  return linesOf(file).flatMap((request) => [
    ...readRequest(request, ({ place, reason }) => {
      throw new Error(`${file}: ${place}: ${reason}`)
    }),
  ])
}
