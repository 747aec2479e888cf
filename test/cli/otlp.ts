export type Value = string | Readonly<Record<string, unknown>>

/** A span of an agent that is attributed in full, as OTLP JSON has it; `over` replaces its fields. */
export function wireSpan(traceDigit: string, over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    traceId: traceDigit.repeat(32),
    spanId: 'aaaaaaaaaaaaaaaa',
    name: 'run',
    kind: 1,
    startTimeUnixNano: `176722560${traceDigit}000000000`,
    attributes: wireAttributes({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'assistant',
      'attribution.principal.id': 'kai@contoso.com',
      'attribution.principal.type': 'human',
      'attribution.intent.summary': 'send the report',
    }),
    status: {},
    ...over,
  }
}

export function wireAttributes(attributes: Readonly<Record<string, Value>>): readonly unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : value,
  }))
}

export function wireRequest(...spans: readonly unknown[]): Record<string, unknown> {
  const resource = { attributes: wireAttributes({ 'service.name': 'shop-api' }) }
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'test' }, spans }] }] }
}

/** One request of one span, as a line. */
export function wireLine(traceDigit: string, over?: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(wireRequest(wireSpan(traceDigit, over)))
}
