import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ACTOR, AUTHORITY, CONTEXT, DECISION, INTENT, namesOf, PRINCIPAL } from '../../src/model/facet-fields.ts'
import { ATTR_PREFIX } from '../../src/model/names.ts'
import { startsOtherwise } from '../../src/collector/ottl.ts'
import { FINDING_CODES, FINDINGS } from '../../src/model/finding.ts'
import { VERSION } from '../../src/model/version.ts'
import { collectorConfiguration, VARIANTS } from '../../src/collector/configuration.ts'
import type { Variant } from '../../src/collector/configuration.ts'
import { LIMITS } from '../../src/collector/limits.ts'
import { MARKERS } from '../../src/recognize/dialects/table.ts'
import type { PolicyOptions } from '../../src/policy/policy.ts'

const FOLDER = new URL('../../collector-config/', import.meta.url)

function made(variant: Variant, policy: PolicyOptions = {}, inherit = false): string {
  return collectorConfiguration(variant, { policy, version: VERSION, inherit })
}

function statementsOf(text: string, processor: string): readonly string[] {
  const { processors } = parse(text) as {
    processors: Record<string, { trace_statements: readonly { statements: readonly string[] }[] }>
  }
  return processors[processor]?.trace_statements.flatMap(({ statements }) => statements) ?? []
}

describe('collector-config', () => {
  it.each(VARIANTS)('holds the very text that is made for %s (else: npm run collector-config)', (variant) => {
    expect(readFileSync(new URL(`${variant}.yaml`, FOLDER), 'utf8')).toBe(made(variant))
  })

  it('is the same text each time', () => {
    expect(made('otelcol')).toBe(made('otelcol'))
  })
})

describe('a configuration', () => {
  it('asks for every key of the table of dialects, in its order', () => {
    const recognize = statementsOf(made('otelcol'), 'transform/recognize').join('\n')
    const places = MARKERS.map(({ key }) => recognize.indexOf(`span.attributes["${key}"]`))
    expect(places.every((place) => place >= 0)).toBe(true)
  })

  it('raises every code but those that it says it cannot', () => {
    const judge = statementsOf(
      made('otelcol', { profile: 'strict', require: { tool: ['authority', 'decision.approver'] } }),
      'transform/judge',
    )
    const raised = FINDING_CODES.filter((code) =>
      judge.some((line) => line.includes(`append(span.cache["raisedFindings"], "${code}")`)),
    )
    const live = FINDING_CODES.filter((code) => 'live' in FINDINGS[code])
    const cannot = LIMITS.flatMap(({ codes }) => codes).filter((code) => !live.includes(code))
    expect(raised).toEqual(FINDING_CODES.filter((code) => !cannot.includes(code)))
  })

  it('names the judge by version and policy', () => {
    const digests = [made('otelcol'), made('otelcol', { profile: 'strict' })].map(
      (text) =>
        new RegExp(`"onbehalf-collector/${VERSION.replaceAll('.', '\\.')} ([0-9a-f]{12})"`, 'u').exec(text)?.[1],
    )
    expect(digests[0]).toBeDefined()
    expect(digests[1]).toBeDefined()
    expect(digests[0]).not.toBe(digests[1])
  })

  it('takes severities from the policy', () => {
    const text = made('otelcol', { severities: { missing_intent: 'critical' } })
    expect(text).toContain('{ key: code, default_value: missing_intent }, { key: severity, default_value: critical }')
  })

  it('counts under no label that names anybody', () => {
    const { connectors } = parse(made('otelcol')) as {
      connectors: { signal_to_metrics: { spans: readonly { name: string; attributes: readonly { key: string }[] }[] } }
    }
    const { spans } = connectors.signal_to_metrics
    expect(new Set(spans.map(({ name }) => name))).toEqual(
      new Set(['attribution.collector.spans', 'attribution.collector.findings']),
    )
    expect(new Set(spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)))).toEqual(
      new Set(['kind', 'dialect', 'verdict', 'complete', 'code', 'severity']),
    )
  })

  it('quotes what a policy says, whatever it holds', () => {
    const agent = `a"b\\c$\{env:HOME}'*`
    const text = made('otelcol', { rules: [{ agent, allow: ['principal_is_actor'] }] })
    const rule = statementsOf(text, 'transform/judge').find((line) => line.includes('"rule.1"], true'))
    expect(rule).toContain(String.raw`a\"b\\\\c\\$$\\{env:home\\}'.*`)
  })

  it('lays inherit.yaml over the pipelines where it is asked to', () => {
    const pipelines = (text: string) =>
      (parse(text) as { service: { pipelines: Record<string, { processors: string[] }> } }).service.pipelines
    const overlay = pipelines(made('inherit'))
    const whole = pipelines(made('otelcol', {}, true))
    for (const name of ['traces/outside', 'traces/inside']) {
      expect(whole[name]?.processors).toEqual(overlay[name]?.processors)
      expect(whole[name]?.processors).toContain('transform/inherit')
    }
  })
})

describe('docs/collector.md', () => {
  it('names every code that the Collector cannot judge', () => {
    const text = readFileSync(new URL('../../docs/collector.md', import.meta.url), 'utf8')
    expect(LIMITS.flatMap(({ codes }) => codes).filter((code) => !text.includes(`\`${code}\``))).toEqual([])
  })
})

describe('what is taken off a stranger', () => {
  it('is refused where it cannot be taken off, and nothing else is', () => {
    const modes = VARIANTS.flatMap((variant) => {
      const { processors = {} } = parse(made(variant)) as { processors?: Record<string, { error_mode?: string }> }
      return Object.entries(processors).flatMap(([name, { error_mode: mode }]) =>
        name.startsWith('transform/') ? [[name === 'transform/strip', mode]] : [],
      )
    })
    expect(new Set(modes.map(String))).toEqual(new Set(['true,propagate', 'false,silent']))
  })

  it('is everything under our prefix, in any case, but the facets', () => {
    const keep = /keep_matching_keys\(span\.attributes, "(?<pattern>.*)"\)/u
    const statement = statementsOf(made('otelcol'), 'transform/strip').find((line) => keep.test(line)) ?? ''
    const pattern = keep.exec(statement)?.groups?.['pattern']?.replaceAll('$$', '$').replaceAll('\\\\', '\\') ?? ''
    const kept = new RegExp(pattern, 'u')
    for (const name of ['', 'a', 'attr', 'attribution', 'attributions.x', 'user.id', 'x.attribution.verdict', 'A']) {
      expect([name, kept.test(name)]).toEqual([name, true])
    }
    for (const name of [
      'verdict',
      'span.kind',
      'outcome',
      'resource.id',
      'principal.assurance',
      'declaration.type',
      'x',
      '',
    ]) {
      for (const prefix of [ATTR_PREFIX, 'Attribution.', 'ATTRIBUTION.']) {
        expect([prefix + name, kept.test(prefix + name)]).toEqual([prefix + name, false])
      }
    }
    const facets = [PRINCIPAL, ACTOR, CONTEXT, INTENT, AUTHORITY, DECISION].flatMap(namesOf)
    expect(facets.filter((name) => !kept.test(name))).toEqual([])
  })

  it('is a signed carrier that was copied from baggage', () => {
    const lines = statementsOf(made('otelcol'), 'transform/strip').filter((line) =>
      line.startsWith('delete_matching_keys'),
    )
    const isTaken = (line: string, name: string) => {
      const [, pattern = ''] =
        /"\(\?i\)(?<pattern>.*)"/u.exec(line.replaceAll('$$', '$').replaceAll('\\\\', '\\')) ?? []
      return new RegExp(pattern, 'iu').test(name)
    }
    expect(lines).toHaveLength(4)
    expect(lines.filter((line) => !isTaken(line, 'attribution') || !isTaken(line, 'Attribution'))).toEqual([])
    expect(lines.filter((line) => isTaken(line, 'attributions') || isTaken(line, 'x.attribution'))).toEqual([])
  })

  it('is told apart by how it begins', () => {
    const pattern = new RegExp(startsOtherwise('ab.'), 'u')
    expect(['', 'a', 'ab', 'abc', 'b', 'ab', 'AB-'].filter((text) => !pattern.test(text))).toEqual([])
    expect(['ab.', 'Ab.c', 'AB.'].filter((text) => pattern.test(text))).toEqual([])
  })
})
