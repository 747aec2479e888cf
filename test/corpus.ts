import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SpanShape } from '../src/model/span.ts'

/** What a label file says of one span. */
export interface Label {
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
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** CI keeps the corpus beside the clone. */
function corpusDirectory(): string {
  const directory = process.env['ONBEHALF_DATA'] ?? resolve(ROOT, '../shared/data')
  if (!existsSync(directory)) {
    throw new Error(`The recorded corpus is not at ${directory}: put it there, or set ONBEHALF_DATA`)
  }
  return directory
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

function linesOf(file: string): readonly unknown[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as unknown)
}

interface OtlpValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string | number
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] }
  readonly kvlistValue?: { readonly values?: readonly OtlpAttribute[] }
}

interface OtlpAttribute {
  readonly key: string
  readonly value: OtlpValue
}

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name?: string
  readonly kind?: number
  readonly status?: { readonly code?: number }
  readonly attributes?: readonly OtlpAttribute[]
}

interface OtlpRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] }
    readonly scopeSpans?: readonly {
      readonly scope?: { readonly name?: string }
      readonly spans?: readonly OtlpSpan[]
    }[]
  }[]
}

function readSpans(file: string): readonly SpanShape[] {
  return linesOf(file).flatMap((request) =>
    ((request as OtlpRequest).resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
      (scopeSpans ?? []).flatMap(({ scope, spans }) =>
        (spans ?? []).map((span) => shapeOf(span, scope?.name ?? '', attributesOf(resource?.attributes))),
      ),
    ),
  )
}

function shapeOf(span: OtlpSpan, scope: string, resource: Readonly<Record<string, unknown>>): SpanShape {
  const { traceId, spanId, parentSpanId } = span
  return {
    name: span.name ?? '',
    // OTLP counts from 1 and knows an unspecified kind; the API counts from 0.
    kind: Math.max(0, (span.kind ?? 1) - 1),
    spanContext: () => ({ traceId, spanId }),
    ...(parentSpanId === undefined ? {} : { parentSpanContext: { traceId, spanId: parentSpanId } }),
    startTime: [0, 0],
    status: { code: span.status?.code ?? 0 },
    attributes: attributesOf(span.attributes),
    resource: { attributes: resource },
    instrumentationScope: { name: scope },
  }
}

function attributesOf(attributes: readonly OtlpAttribute[] | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, valueOf(value)]))
}

function valueOf(value: OtlpValue): unknown {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(valueOf)
  if (value.kvlistValue !== undefined) return attributesOf(value.kvlistValue.values)
  if (value.intValue !== undefined) return Number(value.intValue)
  return value.stringValue ?? value.boolValue ?? value.doubleValue
}
