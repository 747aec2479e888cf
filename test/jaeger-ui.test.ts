import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FINDING_CODES } from '../src/model/finding.ts'
import { FINDING_EVENT } from '../src/model/names.ts'

interface LinkPattern {
  readonly type: string
  readonly key?: string
  readonly url: string
  readonly text: string
}

const { linkPatterns, topTagPrefixes } = JSON.parse(
  readFileSync(new URL('../collector-config/jaeger-ui.json', import.meta.url), 'utf8'),
) as { linkPatterns: readonly LinkPattern[]; topTagPrefixes: readonly string[] }

const of = (type: string) => linkPatterns.filter((pattern) => pattern.type === type)

describe("the configuration of Jaeger's user interface", () => {
  it('links the attribute of each finding to its page, and no other', () => {
    const links = of('tags')
      .filter(({ key }) => key?.startsWith('attribution.finding.'))
      .map(({ key, url }) => [key, new URL(url).pathname])
    expect(links).toEqual(FINDING_CODES.map((code) => [`attribution.finding.${code}`, `/findings/${code}.md`]))
  })
  it('links the event of a finding, and the list of findings', () => {
    const [event] = of('logs')
    expect(event).toMatchObject({ key: FINDING_EVENT.code })
    expect(event?.url).toContain(`/findings/#{${FINDING_EVENT.code}}.md`)
    expect(of('tags').map(({ key }) => key)).toContain('attribution.findings')
  })
  it('names only parameters that Jaeger resolves: those of its item, and the id of the trace', () => {
    const parameters = linkPatterns.flatMap(({ url, text }) => [...`${url} ${text}`.matchAll(/#\{([^}]+)\}/gu)])
    const names = new Set(parameters.map(([, name]) => name))
    expect(names).toEqual(new Set([FINDING_EVENT.code, FINDING_EVENT.title, 'attribution.findings', 'traceID']))
  })
  it('puts attribution on top', () => {
    expect(topTagPrefixes).toEqual(['attribution.'])
  })
})
