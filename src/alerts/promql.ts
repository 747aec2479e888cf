/** PromQL expressions as text. Nothing here is about attribution. */

/** The Prometheus name of an OpenTelemetry counter without a unit. */
export function counterName(name: string): string {
  return `${name.replaceAll('.', '_')}_total`
}

export function selector(name: string, ...matchers: readonly string[]): string {
  return matchers.length === 0 ? name : `${name}{${matchers.join(',')}}`
}

/**
 * Events of the last `recent`, summed by `labels`. The second half is for a series whose first value is its first
 * event, which `increase` doesn't see: it takes a series whose value differs from the one last seen. A series that only
 * comes back after a scrape outage still has the same value.
 */
export function events(series: string, labels: string, recent: string, memory: string): string {
  return [
    `(sum by (${labels}) (increase(${series}[${recent}])) > 0)`,
    `or`,
    `(sum by (${labels}) (${series} unless ${series} == last_over_time(${series}[${memory}] offset ${recent})) > 0)`,
  ].join('\n')
}

/** Whether a series has an event now and had none for as long as `memory`. */
export function firstEver(series: string, labels: string, recent: string, memory: string): string {
  return [
    `(sum by (${labels}) (${series}) > 0)`,
    `unless`,
    `(sum by (${labels}) (last_over_time(${series}[${memory}] offset ${recent})) > 0)`,
  ].join('\n')
}

/** The share of `part` in `whole` by service, if there is a `whole`. */
export function share(part: string, whole: string, window: string): string {
  return [`sum by (job) (rate(${part}[${window}]))`, `/`, `(sum by (job) (rate(${whole}[${window}])) > 0)`].join('\n')
}
