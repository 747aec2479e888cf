import { metrics } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JudgingOptions } from '../../src/setup/config.ts'
import { SPAN_KINDS } from '../../src/model/attribution.ts'
import { FINDING_CODES } from '../../src/model/finding.ts'
import { FAULT_PLACES } from '../../src/runtime/health/fault.ts'
import { AGENT, inSpan, silence, TOOL } from './provider.ts'

/** The module keeps its counters for the whole process; each test is a process of its own. */
async function fresh() {
  vi.resetModules()
  const index = await import('../../src/index.ts')
  const { tracing } = await import('./provider.ts')
  return { ...index, tracing }
}

function meter(): PrometheusExporter {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }))
  return exporter
}

/** What Prometheus would scrape, line by line. */
async function scraped(exporter: PrometheusExporter): Promise<readonly string[]> {
  const { resourceMetrics } = await exporter.collect()
  return new PrometheusSerializer().serialize(resourceMetrics).split('\n')
}

const series = (lines: readonly string[], name: string, ...labels: readonly string[]) =>
  lines.filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
const values = (lines: readonly string[]) => lines.map((line) => Number(line.split('} ')[1]?.split(' ')[0]))

beforeEach(() => metrics.disable())
afterEach(() => {
  metrics.disable()
  silence()
})

describe.each(['before', 'after'])(
  'metrics, where the meter provider is registered %s our processor is made',
  (when) => {
    async function started(options: JudgingOptions = {}) {
      const index = await fresh()
      const { tracing, AttributionSpanProcessor, onBehalfOf } = index
      const early = when === 'before' ? meter() : undefined
      const traced = tracing([new AttributionSpanProcessor(options)])
      return { traced, index, onBehalfOf, exporter: early ?? meter() }
    }

    it('are born with one zero each, and faults with one a place: each series is billed', async () => {
      const { exporter, traced } = await started()
      inSpan(traced.tracer, 'plain', {}, () => {})
      // A timer of ours may be what finds a provider that came late.
      await vi.waitFor(async () => expect(series(await scraped(exporter), 'attribution_spans_total')).toHaveLength(1))
      const born = (await scraped(exporter)).filter((line) => line.startsWith('attribution_'))
      expect(new Set(values(born))).toEqual(new Set([0]))
      expect(series(born, 'attribution_findings_total')).toHaveLength(1)
      expect(series(born, 'attribution_refusals_total')).toHaveLength(1)
      expect(born).toHaveLength(3 + FAULT_PLACES.length)
    })
    it('are born with zero for every code and kind where the app asks for that', async () => {
      const { exporter, traced } = await started({ zeroSeries: true })
      inSpan(traced.tracer, 'plain', {}, () => {})
      await vi.waitFor(async () => {
        const born = series(await scraped(exporter), 'attribution_findings_total')
        expect(born).toHaveLength(FINDING_CODES.length * SPAN_KINDS.length)
        expect(new Set(values(born))).toEqual(new Set([0]))
      })
    })
    it('cost at most forty points in the two flushes after three requests', async () => {
      const { traced, exporter, onBehalfOf } = await started()
      const points = async () => (await scraped(exporter)).filter((line) => line.startsWith('attribution_')).length
      const serve = () =>
        onBehalfOf({ principal: 'kai@contoso.com' }, () =>
          inSpan(traced.tracer, 'agent', { attributes: AGENT }, () =>
            inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {}),
          ),
        )
      for (let request = 0; request < 3; request++) serve()
      expect((await points()) + (await points())).toBeLessThanOrEqual(40)
    })
    it('have no dialect but the known ones as a label, whatever an app states', async () => {
      const { traced, exporter } = await started()
      for (let user = 0; user < 500; user++) {
        const attributes = { 'attribution.span.kind': 'agent', 'attribution.span.dialect': `user-${user}@contoso.com` }
        inSpan(traced.tracer, `agent ${user}`, { attributes }, () => {})
      }
      const counted = series(await scraped(exporter), 'attribution_spans_total', 'dialect="other"')
      expect(values(counted)).toEqual([500])
      expect((await scraped(exporter)).join('\n')).not.toContain('contoso')
      // On the span it stays what the app said.
      expect(traced.one('agent 7').span.attributes['attribution.span.dialect']).toBe('user-7@contoso.com')
    })
    it('count each judged span and each finding', async () => {
      const { traced, exporter } = await started()
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, () =>
        inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {}),
      )
      const lines = await scraped(exporter)
      const agents = series(lines, 'attribution_spans_total', 'kind="agent"', 'dialect="otel-genai"')
      expect(agents).toHaveLength(1)
      expect(agents[0]).toContain('verdict="unknown"')
      expect(agents[0]).toContain('complete="false"')
      expect(values(agents)).toEqual([1])
      expect(values(series(lines, 'attribution_findings_total', 'code="missing_principal"', 'kind="tool"'))).toEqual([
        1,
      ])
    })
    it('count what happened before the provider came', async () => {
      const { tracing, AttributionSpanProcessor } = await fresh()
      const traced = tracing([new AttributionSpanProcessor()])
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})
      const exporter = meter()
      inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})
      const counted = series(await scraped(exporter), 'attribution_spans_total', 'kind="agent"', 'dialect="otel-genai"')
      expect(values(counted)).toEqual([2])
    })
    it('count what is refused, and what a dry run would have refused', async () => {
      const { exporter, index } = await started()
      const refused = [
        index.guard({ decision: true }, () => {}),
        index.action('refund', { decision: { outcome: 'deny' } }, () => {}),
        index.decide(
          () => 'deny',
          { action: 'refund' },
          () => {},
        ),
        index.decide(
          () => 'deny',
          { action: 'refund' },
          () => {},
        ),
      ]
      await Promise.allSettled(refused)
      await index.decide(
        () => 'deny',
        { action: 'refund', enforce: false },
        () => {},
      )
      const lines = await scraped(exporter)
      const counted = (by: string, enforced: boolean) =>
        values(series(lines, 'attribution_refusals_total', `by="${by}"`, `enforced="${enforced}"`))
      expect(['guard', 'action', 'decide'].map((by) => counted(by, true))).toEqual([[1], [1], [2]])
      expect(counted('decide', false)).toEqual([1])
    })

    it('count faults by place', async () => {
      const { exporter, onBehalfOf } = await started()
      onBehalfOf(7 as never, () => {})
      const faults = series(await scraped(exporter), 'attribution_faults_total')
      expect(faults.length).toBeGreaterThan(5)
      expect(values(series(faults, 'attribution_faults_total', 'where="binding"'))).toEqual([1])
    })
    it('bear no identity as a label', async () => {
      const { traced, exporter, onBehalfOf } = await started()
      onBehalfOf({ principal: 'kai@contoso.com', intent: 'a secret intent' }, () =>
        inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}),
      )
      const text = (await scraped(exporter)).join('\n')
      for (const identity of ['kai', 'secret', 'assistant']) expect(text).not.toContain(identity)
    })
    it('count a tool and the MCP span under it that is the same call once', async () => {
      const { traced, exporter } = await started()
      inSpan(traced.tracer, 'tool', { attributes: TOOL }, () =>
        inSpan(
          traced.tracer,
          'tools/call sendMail',
          { attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'sendMail' } },
          () => {},
        ),
      )
      const tools = series(await scraped(exporter), 'attribution_spans_total', 'kind="tool"')
      expect(values(tools).reduce((sum, value) => sum + value, 0)).toBe(1)
    })
  },
)
