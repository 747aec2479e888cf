/** Expressions of PromQL, as text. Nothing here knows of attribution. */

/** The name that Prometheus has for a counter of OpenTelemetry without a unit. */
export function counterName(name: string): string {
  return `${name.replaceAll('.', '_')}_total`
}

export function selector(name: string, ...matchers: readonly string[]): string {
  return matchers.length === 0 ? name : `${name}{${matchers.join(',')}}`
}

/**
 * Events of the last `recent`, summed by `labels`. The second half is there for a series that is born with its first
 * event, of which `increase` sees nothing: it takes a series whose value is not the one last seen before; a series that
 * only comes back after a scrape outage has the value that it had.
 */
export function events(series: string, labels: string, recent: string, memory: string): string {
  return [
    `(sum by (${labels}) (increase(${series}[${recent}])) > 0)`,
    `or`,
    `(sum by (${labels}) (${series} unless ${series} == last_over_time(${series}[${memory}] offset ${recent})) > 0)`,
  ].join('\n')
}

/** Whether there is an event now of a series that had none as long as `memory` goes back. */
export function firstEver(series: string, labels: string, recent: string, memory: string): string {
  return [
    `(sum by (${labels}) (${series}) > 0)`,
    `unless`,
    `(sum by (${labels}) (last_over_time(${series}[${memory}] offset ${recent})) > 0)`,
  ].join('\n')
}

/** The share of `part` in `whole` by service, where there is a `whole`. */
export function share(part: string, whole: string, window: string): string {
  return [`sum by (job) (rate(${part}[${window}]))`, `/`, `(sum by (job) (rate(${whole}[${window}])) > 0)`].join('\n')
}
