import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { onbehalf } from './program.ts'

describe('onbehalf collector-config', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-collector-config-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('prints the configuration of the default policy', async () => {
    const { code, stdout } = await onbehalf(['collector-config'], folder)
    expect(code).toBe(0)
    expect(parse(stdout)).toHaveProperty(['service', 'pipelines', 'traces/outside'])
  })

  it('prints another variant, and one with inheritance', async () => {
    const edge = await onbehalf(['collector-config', '--variant', 'gateway-edge'], folder)
    expect(parse(edge.stdout)).toHaveProperty('exporters.kafka')
    const inherit = await onbehalf(['collector-config', '--inherit'], folder)
    expect(parse(inherit.stdout)).toHaveProperty(['processors', 'transform/inherit'])
  })

  it('writes every variant into a folder', async () => {
    const out = join(folder, 'out')
    const { code, stdout } = await onbehalf(['collector-config', '--out', out, '--profile', 'strict'], folder)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(readdirSync(out).toSorted()).toEqual([
      'attribution.rules.yml',
      'attribution.sdk.rules.yml',
      'gateway-edge.yaml',
      'gateway-judge.yaml',
      'inherit.yaml',
      'inside-tls.yaml',
      'otelcol.yaml',
    ])
    expect(readFileSync(join(out, 'otelcol.yaml'), 'utf8')).toContain('(profile strict)')
  })

  it('prints the alerts, whose links lead to where the pages are served', async () => {
    const links = async (...args: readonly string[]) => {
      const { code, stdout } = await onbehalf(['collector-config', '--alerts', ...args], folder)
      expect(code).toBe(0)
      const { groups } = parse(stdout) as {
        groups: { rules: { annotations?: { runbook_url: string } }[] }[]
      }
      return groups.flatMap(({ rules }) => rules.flatMap(({ annotations }) => annotations?.runbook_url ?? []))
    }
    for (const pages of ['https://runbooks.contoso.com/onbehalf', 'https://runbooks.contoso.com/onbehalf/']) {
      const found = await links('sdk', '--pages', pages)
      expect(found).toContain('https://runbooks.contoso.com/onbehalf/findings/principal_is_actor.md')
      expect(found.every((link) => link.startsWith('https://runbooks.contoso.com/onbehalf/'))).toBe(true)
    }
    expect(await links('collector')).toContain('http://localhost:9095/findings/principal_is_actor.md')
  })

  it.each([
    ['links that lead nowhere', ['--alerts', 'sdk', '--pages', 'runbooks'], '--pages takes the URL of a folder'],
    ['links that would hold a secret', ['--alerts', 'sdk', '--pages', 'https://kai:pw@host/'], '--pages takes the URL'],
    ['links of what is not printed', ['--pages', 'https://host/'], '--pages goes with --alerts or --out'],
    ['alerts on what nobody counts', ['--alerts', 'prometheus'], '--alerts takes one of collector, sdk'],
    ['alerts printed and written', ['--alerts', 'sdk', '--out', 'x'], '--alerts or --out, not both'],
  ])('refuses %s', async (_, args, reason) => {
    const { code, stdout, stderr } = await onbehalf(['collector-config', ...args], folder)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(reason)
    expect(stderr).not.toContain('kai:pw')
  })

  it('names every error of the policy file and prints nothing', async () => {
    const file = join(folder, 'policy.yaml')
    writeFileSync(file, 'profile: stricct\nrules:\n  - tool: mail\n    allow: [principal_is_actr]\n')
    const { code, stdout, stderr } = await onbehalf(['collector-config', '--policy', file], folder)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('policy.yaml:1: profile')
    expect(stderr).toContain('policy.yaml:4: rules[0].allow[0]')
  })

  it('refuses a variant that it does not know, and --inherit with another than the first', async () => {
    const unknown = await onbehalf(['collector-config', '--variant', 'edge'], folder)
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('gateway-edge')
    const both = await onbehalf(['collector-config', '--variant', 'inherit', '--inherit'], folder)
    expect(both.code).toBe(2)
  })
})
