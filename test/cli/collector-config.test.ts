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
      'gateway-edge.yaml',
      'gateway-judge.yaml',
      'inherit.yaml',
      'otelcol.yaml',
    ])
    expect(readFileSync(join(out, 'otelcol.yaml'), 'utf8')).toContain('(profile strict)')
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
