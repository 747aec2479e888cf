/** A span of an OTLP JSON request with what it belongs to, as the writers of other forms take it. */
export interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  /** As OTLP counts. */
  readonly kind: number
  readonly startNanos: bigint
  readonly status: number
  readonly attributes: readonly WireAttribute[]
  readonly resource: readonly WireAttribute[]
  readonly scope: { readonly name: string; readonly version: string }
}

export interface WireAttribute {
  readonly key: string
  readonly value: WireValue
}

/** One member. */
export type WireValue = Readonly<Record<string, unknown>>

interface Request {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: readonly WireAttribute[] }
    readonly scopeSpans: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string }
      readonly spans: readonly Readonly<Record<string, unknown>>[]
    }[]
  }[]
}

/** The spans of a request as recorded: ids in hex, enums as numbers. */
export function spansOf(request: unknown): readonly WireSpan[] {
  return (request as Request).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: span['traceId'] as string,
        spanId: span['spanId'] as string,
        parentSpanId: (span['parentSpanId'] as string | undefined) || undefined,
        name: (span['name'] as string | undefined) ?? '',
        kind: (span['kind'] as number | undefined) ?? 0,
        startNanos: BigInt((span['startTimeUnixNano'] as string | undefined) ?? 0),
        status: (span['status'] as { code?: number } | undefined)?.code ?? 0,
        attributes: (span['attributes'] as WireAttribute[] | undefined) ?? [],
        resource: resource?.attributes ?? [],
        scope: { name: scope?.name ?? '', version: scope?.version ?? '' },
      })),
    ),
  )
}

/** The same spans as a request, with nothing else. */
export function requestOf(spans: readonly WireSpan[]): unknown {
  return {
    resourceSpans: spans.map(({ resource, scope, startNanos, status, ...span }) => ({
      resource: { attributes: resource },
      scopeSpans: [{ scope, spans: [{ ...span, startTimeUnixNano: String(startNanos), status: { code: status } }] }],
    })),
  }
}

/** A value as JSON has it. */
export function plainValue(value: WireValue | undefined): unknown {
  const [[type, content] = []] = Object.entries(value ?? {})
  switch (type) {
    case 'intValue':
      return Number(content)
    case 'arrayValue':
      return ((content as { values?: readonly WireValue[] }).values ?? []).map(plainValue)
    case 'kvlistValue':
      return plainMembers((content as { values?: readonly WireAttribute[] }).values ?? [])
    default:
      return content ?? null
  }
}

export function plainMembers(attributes: readonly WireAttribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))
}
