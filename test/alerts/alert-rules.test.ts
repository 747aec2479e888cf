import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { FINDING_CODES } from '../../src/model/finding.ts'
import { alertRules } from '../../src/alerts/alert-rules.ts'
import type { AlertSource } from '../../src/alerts/alert-rules.ts'
import { alertCases } from './alert-cases.ts'

/** Where the stack of docker-compose.yml serves `docs`. */
const PAGES = 'http://localhost:9095/'

const FILES: Readonly<Record<AlertSource, { readonly rules: string; readonly cases: string }>> = {
  collector: { rules: 'attribution.rules.yml', cases: 'attribution.test.yml' },
  sdk: { rules: 'attribution.sdk.rules.yml', cases: 'attribution.sdk.test.yml' },
}

function checkedIn(name: string): string {
  return fileURLToPath(new URL(`../../collector-config/${name}`, import.meta.url))
}

interface Rule {
  readonly alert?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

function alertsOf(source: AlertSource): readonly Rule[] {
  const { groups } = parse(alertRules({ source, pages: PAGES })) as { groups: { rules: Rule[] }[] }
  return groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined)
}

describe.each(['collector', 'sdk'] as const)('the alerts on what the %s counted', (source) => {
  it('stand in collector-config as the table of findings has them (vitest -u writes them)', async () => {
    await expect(alertRules({ source, pages: PAGES })).toMatchFileSnapshot(checkedIn(FILES[source].rules))
  })
  it('are checked in with their cases', async () => {
    const { rules, cases } = FILES[source]
    await expect(alertCases(source, PAGES, rules)).toMatchFileSnapshot(checkedIn(cases))
  })
  it('leave no finding out', () => {
    const codes = alertsOf(source).flatMap(({ labels }) => labels?.['code'] ?? [])
    expect(codes.toSorted()).toEqual(FINDING_CODES)
  })
  it('have each a category, a source, a summary, a description and a page to read', () => {
    for (const { labels, annotations } of alertsOf(source)) {
      expect(labels).toMatchObject({ category: expect.stringMatching(/^attribution/u), source })
      expect(Object.keys(annotations ?? {})).toEqual(['summary', 'description', 'runbook_url'])
    }
  })
})
