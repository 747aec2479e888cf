import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { available, openBench, program } from './bench.ts'
import { run } from './programs.ts'

const CONFIG_FOLDER = fileURLToPath(new URL('../../collector-config/', import.meta.url))
const { has, note } = available('promtool')

const SOURCES = [
  { rules: 'attribution.rules.yml', cases: 'attribution.test.yml' },
  { rules: 'attribution.sdk.rules.yml', cases: 'attribution.sdk.test.yml' },
] as const

interface Rule {
  readonly alert?: string
  readonly labels?: Readonly<Record<string, string>>
}

interface Check {
  readonly eval_time: string
  readonly alertname: string
  readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[]
}

describe.skipIf(!has)(`promtool, of the alert rules${note}`, () => {
  const bench = openBench()

  it.each(SOURCES)('accepts $rules', async ({ rules }) => {
    expect(await run(program('promtool'), ['check', 'rules', join(CONFIG_FOLDER, rules)])).toContain('SUCCESS')
  })
  it.each(SOURCES)('sees each rule of $rules fire and not fire, on the first event, and resolve', async ({ cases }) => {
    expect(await run(program('promtool'), ['test', 'rules', cases], { cwd: CONFIG_FOLDER })).toContain('SUCCESS')
  })
  it.each(SOURCES)('is given for each alert of $rules a time before, one while and one after', ({ rules, cases }) => {
    const untold = alertsIn(rules).filter(({ alert, labels }) => !isToldWhole(alert ?? '', labels?.['code'], cases))
    expect(alertsIn(rules).length).toBeGreaterThan(35)
    expect(untold).toEqual([])
  })
  it.each([
    {
      damage: 'the first event of a series that is born with it',
      from: /\n\s+or\n[^\n]+last_over_time[^\n]+/gu,
      to: '',
    },
    { damage: 'the increase', from: /\(sum by \([a-z, ]+\) \(increase\([^\n]+\n\s+or\n/gu, to: '' },
    { damage: 'the time for which an alert is held', from: /keep_firing_for: 15m/gu, to: 'keep_firing_for: 1m' },
    { damage: 'the hold-down', from: /\n\s+for: \d+m/gu, to: '' },
    { damage: 'the floor on traffic', from: / > 0\.02\)/gu, to: ')' },
  ])('notices that $damage is gone', async ({ damage, from, to }) => {
    const folder = bench.subfolder(damage)
    const rules = readFileSync(join(CONFIG_FOLDER, 'attribution.rules.yml'), 'utf8')
    const damaged = rules.replaceAll(from, to)
    expect(damaged).not.toBe(rules)
    writeFileSync(join(folder, 'attribution.rules.yml'), damaged)
    writeFileSync(join(folder, 'attribution.test.yml'), shortCases())
    await run(program('promtool'), ['check', 'rules', 'attribution.rules.yml'], { cwd: folder })
    const test = run(program('promtool'), ['test', 'rules', 'attribution.test.yml'], { cwd: folder })
    await expect(test).rejects.toThrow('ended with 1')
  })
})

/** Without the cases of the objective, which are hours long. */
function shortCases(): string {
  const file = parse(readFileSync(join(CONFIG_FOLDER, 'attribution.test.yml'), 'utf8')) as { tests: { name: string }[] }
  return stringify({ ...file, tests: file.tests.filter(({ name }) => !name.includes('budget')) })
}

function alertsIn(rules: string): readonly Rule[] {
  const { groups } = parse(readFileSync(join(CONFIG_FOLDER, rules), 'utf8')) as { groups: { rules: Rule[] }[] }
  return groups.flatMap((group) => group.rules).filter(({ alert }) => alert !== undefined)
}

function isToldWhole(alert: string, code: string | undefined, cases: string): boolean {
  const { tests } = parse(readFileSync(join(CONFIG_FOLDER, cases), 'utf8')) as { tests: { alert_rule_test: Check[] }[] }
  return tests.some(({ alert_rule_test: checks }) => {
    const fires = checks
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts: alerts }) =>
        alerts.some(({ exp_labels: labels }) => code === undefined || labels['code'] === code),
      )
    const [first, last] = [fires.indexOf(true), fires.lastIndexOf(true)]
    return first > 0 && last < fires.length - 1
  })
}
