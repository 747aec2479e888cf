import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { startAlertmanager } from './alertmanager.ts'
import { available, eventually, freePorts, openBench } from './bench.ts'
import { ownMetric, startCollector, TOKEN } from './collector.ts'
import type { Collector } from './collector.ts'
import { startJaeger } from './jaeger.ts'
import type { Jaeger } from './jaeger.ts'
import { traceIn } from './jaeger-search.ts'
import { startMoodyProxy } from './moody-proxy.ts'
import type { MoodyProxy } from './moody-proxy.ts'
import { startPrometheus } from './prometheus.ts'
import { startWork } from './steady-work.ts'
import type { Work } from './steady-work.ts'

const { has, note } = available('otelcol', 'jaeger')
const WORK_MS = 4_000
const BAD_MS = 2_500
/** An app that waited for its telemetry would be held up for seconds; one on a busy machine is not. */
const MAX_HELD_MS = 1_000

interface Row {
  readonly weather: string
  readonly work: Work
  readonly inJaeger: number
  readonly seen: string
}

/** One line of the table in docs/backends.md. */
function report({ weather, work, inJaeger, seen }: Row): void {
  const { made, acknowledged, longestStepMs, longestDelayMs, shutdownMs } = work
  const held = `${longestStepMs.toFixed(1)} | ${longestDelayMs.toFixed(0)} | ${shutdownMs.toFixed(0)}`
  process.stderr.write(`| ${weather} | ${made.length} | ${acknowledged.length} | ${inJaeger} | ${held} | ${seen} |\n`)
}

/** What an app suffered; nothing, where it is unharmed. */
function harmOf({ code, stderr, made, longestStepMs, longestDelayMs }: Work): readonly string[] {
  return [
    code === 0 ? '' : `it ended with ${code}`,
    stderr,
    made.length > 100 ? '' : `it made ${made.length} spans only`,
    longestStepMs < MAX_HELD_MS ? '' : `a step took ${longestStepMs} ms`,
    longestDelayMs < MAX_HELD_MS ? '' : `its event loop stood still for ${longestDelayMs} ms`,
  ].filter((harm) => harm !== '')
}

/** How many of the acknowledged spans Jaeger holds. */
async function arrived(jaeger: Jaeger, { made, acknowledged }: Work): Promise<number> {
  const wanted = new Set(acknowledged)
  const traceIds = [...new Set(made.filter(([, spanId]) => wanted.has(spanId)).map(([traceId]) => traceId))]
  let count = 0
  for (let at = 0; at < traceIds.length; at += 20) {
    const traces = await Promise.all(traceIds.slice(at, at + 20).map((traceId) => traceIn(jaeger.url, traceId)))
    const found = new Set(traces.flat().map((span) => span.spanContext().spanId))
    count += [...found].filter((spanId) => wanted.has(spanId)).length
  }
  return count
}

/** Waits until Jaeger holds all that was acknowledged, and gives back how many. */
async function allArrived(jaeger: Jaeger, work: Work): Promise<number> {
  const wanted = work.acknowledged.length
  if (wanted === 0) throw new Error('nothing was acknowledged')
  return eventually(
    `${wanted} spans in Jaeger`,
    async () => {
      const count = await arrived(jaeger, work)
      return count === wanted ? count : undefined
    },
    60_000,
  )
}

describe.skipIf(!has)(`in bad weather${note}`, { timeout: 150_000 }, () => {
  const bench = openBench()
  let jaeger: Jaeger
  let collector: Collector
  let proxy: MoodyProxy
  let moody: Collector

  beforeAll(async () => {
    jaeger = await startJaeger(bench)
    collector = await startCollector(bench, { jaegerOtlp: jaeger.otlpGrpc })
  })

  const startHere = () => startWork(collector.inside, TOKEN, WORK_MS)
  const queued = () => ownMetric(collector, 'otelcol_exporter_queue_size', 'otlp_grpc/jaeger')
  const refusedByJaeger = (text: string) => collector.log().split(text).length - 1

  it('loses nothing in good weather, for comparison', async () => {
    const done = await startHere().done
    expect(harmOf(done)).toEqual([])
    expect(done.acknowledged).toHaveLength(done.made.length)
    report({ weather: 'none', work: done, inJaeger: await allArrived(jaeger, done), seen: '' })
  })

  describe('of Jaeger', () => {
    it('keeps what comes while it is down in the queue, and delivers it when it is back', async () => {
      await jaeger.stop()
      const done = await startHere().done
      expect(harmOf(done)).toEqual([])
      expect(done.acknowledged).toHaveLength(done.made.length)
      const held = await eventually('all of it in the queue', async () => {
        const size = await queued()
        return size >= done.made.length ? size : undefined
      })
      await jaeger.start()
      const inJaeger = await allArrived(jaeger, done)
      await eventually('the queue empty', async () => ((await queued()) === 0 ? true : undefined))
      report({ weather: 'Jaeger stopped', work: done, inJaeger, seen: `queue_size ${held}, then 0` })
    })
    it('delivers it too where the Collector is killed in between', async () => {
      await jaeger.stop()
      const done = await startHere().done
      const held = await eventually('all of it in the queue', async () => {
        const size = await queued()
        return size >= done.made.length ? size : undefined
      })
      expect(harmOf(done)).toEqual([])
      await collector.kill()
      await collector.start()
      const after = await eventually('the queue again', async () => (await queued()) || undefined)
      await jaeger.start()
      const inJaeger = await allArrived(jaeger, done)
      const seen = `queue_size ${held}, after the restart ${after}`
      report({ weather: 'Jaeger stopped, Collector kill -9', work: done, inJaeger, seen })
    })
    it('waits for it while it hangs', async () => {
      const before = refusedByJaeger('Exporting failed')
      const doing = startHere()
      await doing.begun
      await wait(500)
      jaeger.freeze()
      await wait(8_000)
      jaeger.thaw()
      const done = await doing.done
      expect(harmOf(done)).toEqual([])
      const inJaeger = await allArrived(jaeger, done)
      const seen = `${refusedByJaeger('Exporting failed') - before} lines of failed exports in the log`
      report({ weather: 'Jaeger hangs for 8 s', work: done, inJaeger, seen })
    })
    it('delivers again what was on its way when it was killed', async () => {
      const doing = startHere()
      await doing.begun
      await wait(1_000)
      await jaeger.kill()
      await wait(BAD_MS)
      const held = await queued()
      await jaeger.start()
      const done = await doing.done
      expect(harmOf(done)).toEqual([])
      const inJaeger = await allArrived(jaeger, done)
      report({ weather: 'Jaeger kill -9, back after 2.5 s', work: done, inJaeger, seen: `queue_size ${held}` })
    })
  })

  describe('that a backend over HTTP makes', () => {
    beforeAll(async () => {
      proxy = await startMoodyProxy(jaeger.otlpHttp)
      moody = await startCollector(bench, { name: 'moody', jaegerOtlp: jaeger.otlpGrpc, overlays: overHttp(proxy.url) })
    })

    it.each([503, 429] as const)('tries again what it refused with %d', async (status) => {
      proxy.mood = status
      const before = proxy.refused
      const doing = startWork(moody.inside, TOKEN, WORK_MS)
      await doing.begun
      await wait(BAD_MS)
      const held = await ownMetric(moody, 'otelcol_exporter_queue_size', 'otlp_http/jaeger')
      proxy.mood = 'well'
      const done = await doing.done
      expect(harmOf(done)).toEqual([])
      expect(proxy.refused).toBeGreaterThan(before)
      const inJaeger = await allArrived(jaeger, done)
      expect(await ownMetric(moody, 'otelcol_exporter_send_failed_spans')).toBe(0)
      report({ weather: `backend answers ${status} for 2.5 s`, work: done, inJaeger, seen: `queue_size ${held}` })
    })
    it('goes on where it took only some, and says so', async () => {
      proxy.mood = 'partial'
      const done = await startWork(moody.inside, TOKEN, 1_500).done
      expect(harmOf(done)).toEqual([])
      const inJaeger = await allArrived(jaeger, done)
      await eventually('the reason in the log', () => moody.log().includes('one span is too old') || undefined)
      proxy.mood = 'well'
      report({
        weather: 'backend reports partial success',
        work: done,
        inJaeger,
        seen: 'a warning in the log',
      })
    })
  })

  describe('of the Collector', () => {
    it('harms no app while it is down, and gets what the app still holds when it is back', async () => {
      await collector.stop()
      const doing = startHere()
      await doing.begun
      await wait(BAD_MS)
      await collector.start()
      const done = await doing.done
      expect(harmOf(done)).toEqual([])
      expect(done.acknowledged.length).toBeGreaterThan(0)
      const inJaeger = await allArrived(jaeger, done)
      report({
        weather: 'Collector down for 2.5 s',
        work: done,
        inJaeger,
        seen: `${done.failures} failed exports in the app`,
      })
    })
    it('harms no app while it is down for good: the app ends in time', async () => {
      const [nobody] = await freePorts(1)
      const done = await startWork(`http://127.0.0.1:${nobody}`, TOKEN, 1_500).done
      expect(harmOf(done)).toEqual([])
      expect(done.acknowledged).toEqual([])
      expect(done.shutdownMs).toBeLessThan(40_000)
      report({
        weather: 'Collector never there',
        work: done,
        inJaeger: 0,
        seen: `${done.failures} failed exports in the app`,
      })
    })
    it('harms no app while it hangs', async () => {
      const doing = startHere()
      await doing.begun
      await wait(500)
      collector.freeze()
      await wait(BAD_MS)
      collector.thaw()
      const done = await doing.done
      expect(harmOf(done)).toEqual([])
      const inJaeger = await allArrived(jaeger, done)
      report({
        weather: 'Collector hangs for 2.5 s',
        work: done,
        inJaeger,
        seen: `${done.failures} failed exports in the app`,
      })
    })
    it('loses no violation when it is killed under load; what waited for the sampler is lost to Jaeger alone', async () => {
      const doing = startHere()
      await doing.begun
      await wait(1_500)
      await collector.kill()
      await collector.start()
      const done = await doing.done
      expect(harmOf(done)).toEqual([])
      const violating = new Set(readFileSync(collector.violations, 'utf8').match(/(?<="spanId":")[0-9a-f]{16}/gu))
      const wanted = new Set(done.acknowledged)
      // Every second trace is for nobody.
      const forNobody = done.made.filter(([, spanId], at) => Math.floor(at / 2) % 2 === 1 && wanted.has(spanId))
      expect(forNobody.length).toBeGreaterThan(50)
      expect(forNobody.filter(([, spanId]) => !violating.has(spanId))).toEqual([])
      await wait(3_000)
      const inJaeger = await arrived(jaeger, done)
      const seen = `violations file: ${forNobody.length} of ${forNobody.length}`
      report({ weather: 'Collector kill -9 under load, restarted', work: done, inJaeger, seen })
    })
    it.each([503, 429] as const)('harms no app while it answers %d', async (status) => {
      const before = await startMoodyProxy(collector.inside)
      before.mood = status
      const doing = startWork(before.url, TOKEN, WORK_MS)
      await doing.begun
      await wait(BAD_MS)
      before.mood = 'well'
      const done = await doing.done
      expect(harmOf(done)).toEqual([])
      const inJaeger = await allArrived(jaeger, done)
      report({
        weather: `Collector answers ${status} for 2.5 s`,
        work: done,
        inJaeger,
        seen: `${before.refused} refusals`,
      })
    })
    it('harms no app while it takes only some', async () => {
      const before = await startMoodyProxy(collector.inside)
      before.mood = 'partial'
      const done = await startWork(before.url, TOKEN, 1_500).done
      expect(harmOf(done)).toEqual([])
      const inJaeger = await allArrived(jaeger, done)
      report({
        weather: 'Collector reports partial success',
        work: done,
        inJaeger,
        seen: 'a warning of the exporter, by diag',
      })
    })
  })
})

/** The exporter to Jaeger over HTTP, with the same queue. */
function overHttp(endpoint: string): readonly string[] {
  const queue =
    '{ enabled: true, storage: file_storage/queue, sizer: items, queue_size: 1000000, block_on_overflow: true, batch: { flush_timeout: 200ms, min_size: 1024, max_size: 4096 } }'
  return [
    `exporters: { otlp_http/jaeger: { endpoint: "${endpoint}", compression: none, sending_queue: ${queue}, retry_on_failure: { enabled: true, initial_interval: 1s, max_interval: 30s, max_elapsed_time: 0s } } }`,
    'service::pipelines::traces/jaeger::exporters: [otlp_http/jaeger]',
  ]
}

const alerting = available('otelcol', 'prometheus', 'alertmanager')

describe.skipIf(!alerting.has)(`Prometheus without Alertmanager${alerting.note}`, { timeout: 120_000 }, () => {
  const bench = openBench()

  it('knows its alerts, says that it cannot send them, and sends them when Alertmanager is there', async () => {
    const alertmanager = await startAlertmanager(bench)
    await alertmanager.stop()
    const rules = readFileSync(bench.config('attribution.rules.yml'), 'utf8').replaceAll('for: 10m', 'for: 1s')
    const prometheus = await startPrometheus(bench, { targets: [], alertmanagers: [alertmanager.target], rules })
    await eventually('the alert in Prometheus', async () => (await prometheus.query('ALERTS{alertstate="firing"}'))[0])
    const errors = await eventually('the errors of sending', async () => {
      const own = await (await fetch(`${prometheus.url}/metrics`)).text()
      const lines = own.matchAll(/^prometheus_notifications_(?:errors|dropped)_total\S* (?<count>\d+)$/gmu)
      return [...lines].reduce((sum, { groups }) => sum + Number(groups?.['count']), 0) || undefined
    })
    expect(alertmanager.received()).toEqual([])
    await alertmanager.start()
    const [first] = await eventually('the alert at the webhook', () => {
      const received = alertmanager.received()
      return received.length > 0 ? received : undefined
    })
    expect(first?.labels['alertname']).toBe('AttributionAbsent')
    process.stderr.write(
      `| Prometheus without Alertmanager | ${errors} in prometheus_notifications_errors_total and _dropped_total, then sent |\n`,
    )
  })
})
