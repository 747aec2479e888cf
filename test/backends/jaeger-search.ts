import { readRequest } from '../../src/otlp/otlp-json.ts'
import type { SpanShape } from '../../src/model/span.ts'

/** Every span of a trace, as Jaeger's current query API gives it back; none where there is no such trace. */
export async function traceIn(url: string, traceId: string): Promise<readonly SpanShape[]> {
  const response = await fetch(`${url}/api/v3/traces/${traceId}`)
  const text = await response.text()
  // A path that it does not know is a page with status 200.
  if (!response.ok || !text.startsWith('{')) return []
  const results = text.trim().split('\n')
  return results.flatMap((line) => [
    ...readRequest((JSON.parse(line) as { result: unknown }).result, (lack) => {
      throw new Error(JSON.stringify(lack))
    }),
  ])
}

/** The ids of the traces of `service` in which one span has all these tags: what a person types into the search page. */
export async function traceIdsBy(
  url: string,
  service: string,
  tags: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const now = Date.now() * 1_000
  const query = new URLSearchParams({
    service,
    tags: JSON.stringify(tags),
    start: String(now - 3_600e6),
    end: String(now + 60e6),
    limit: '100',
  })
  const response = await fetch(`${url}/api/traces?${query}`)
  const { data } = (await response.json()) as { data: readonly { traceID: string }[] }
  return data.map(({ traceID }) => traceID)
}

/** The services that Jaeger knows. */
export async function servicesIn(url: string): Promise<readonly string[]> {
  const { data } = (await (await fetch(`${url}/api/services`)).json()) as { data: readonly string[] }
  return data.toSorted()
}
