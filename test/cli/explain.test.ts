import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onbehalf } from './program.ts'

const FIRST = '11111111111111111111111111111111'
const SECOND = '11112222222222222222222222222222'

interface Recorded {
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

function line(traceId: string, second: number, spans: readonly Recorded[]): string {
  const wire = spans.map(({ attributes, ...span }, index) => ({
    traceId,
    ...span,
    kind: 1,
    startTimeUnixNano: `${1_767_225_600 + second}${`${index}`.padStart(9, '0')}`,
    endTimeUnixNano: `${1_767_225_600 + second}000001000`,
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    status: {},
  }))
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'reports' } }] }
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'test' }, spans: wire }] }] })
}

const asked = (who: string, correlation: string) => ({
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.agent.name': 'assistant',
  'attribution.principal.id': who,
  'attribution.principal.type': 'human',
  'attribution.intent.summary': 'send the report',
  'attribution.correlation.id': correlation,
})

const mail = {
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': 'sendMail',
  'attribution.context.id': 'mail-connector',
  'attribution.resource.id': 'mail-42',
}

const LINES = [
  line(FIRST, 0, [
    { spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: asked('kai@contoso.com', 'c-1') },
    { spanId: 'bbbbbbbbbbbbbbbb', parentSpanId: 'aaaaaaaaaaaaaaaa', name: 'call', attributes: mail },
  ]),
  line(SECOND, 60, [{ spanId: 'cccccccccccccccc', name: 'run', attributes: asked('lee@contoso.com', 'c-1') }]),
]

let directory: string
const path = (name: string) => join(directory, name)

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-explain-'))
  writeFileSync(path('traces.jsonl'), `${LINES.join('\n')}\n`)
  writeFileSync(path('traces.jsonl.gz'), gzipSync(`${LINES.join('\n')}\n`))
  writeFileSync(path('broken.jsonl'), `${LINES[0]}\n{"resourceSpans":\n${LINES[1]}\n`)
  writeFileSync(
    path('escape.jsonl'),
    line(FIRST, 0, [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'run\u001B[2J', attributes: asked('kai\u001B[31m', 'c') }]),
  )
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const explain = (...args: readonly string[]) => onbehalf(['explain', ...args])

describe('onbehalf explain', () => {
  it('answers for one trace: the sentence, the chain, and what is missing', async () => {
    const { code, stdout, stderr } = await explain(FIRST, '--file', path('traces.jsonl'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(`kai@contoso.com asked; assistant (inferred) acted; through mail-connector; to
send the report; no policy decision is recorded; sendMail succeeded on mail-42.

Started 2026-01-01T00:00:00.000Z:
agent run          reports  +0.000 s  separated
    principal   kai@contoso.com, human [asserted]
    actor       assistant [inferred]
    intent      send the report [asserted]
    correlation c-1
  └ tool sendMail  reports  +0.000 s  separated
        context     mail-connector [asserted]
        resource    mail-42

Nothing that policy requires is missing, and no identity stands for another.
`)
  })
  it('says against whose key who asked was checked, what came signed, and who answers for the agent', async () => {
    const checked = {
      ...asked('kai@contoso.com', 'c-1'),
      'attribution.principal.issuer': 'https://login.example',
      'attribution.principal.assurance': 'verified',
      'attribution.principal.source': 'carrier',
      'attribution.actor.id': 'assistant',
      'attribution.actor.owner': 'reports-team',
    }
    writeFileSync(
      path('checked.jsonl'),
      line(FIRST, 0, [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: checked }]),
    )
    const { stdout } = await explain(FIRST, '--file', path('checked.jsonl'))
    expect(stdout).toContain('kai@contoso.com (verified, login.example) asked; assistant acted;')
    expect(stdout).toContain('principal   kai@contoso.com, human [verified, by signed carrier]')
    expect(stdout).toContain('actor       assistant, reports-team answers for it [asserted]')
  })
  it('takes the beginning of a trace id, in any case', async () => {
    const { stdout } = await explain('11112', '--file', path('traces.jsonl'))
    expect(stdout).toContain('lee@contoso.com asked')
  })
  it('lists the traces that a beginning fits', async () => {
    const { code, stderr } = await explain('1111', '--file', path('traces.jsonl'))
    expect(code).toBe(2)
    expect(stderr).toContain(FIRST)
    expect(stderr).toContain(SECOND)
  })
  it('reads gzipped files', async () => {
    const { code, stdout } = await explain(FIRST, '--file', path('traces.jsonl.gz'))
    expect(code).toBe(0)
    expect(stdout).toContain('kai@contoso.com asked')
  })
  it('explains all traces of one correlation id as one', async () => {
    const { code, stdout } = await explain('--correlation', 'c-1', '--file', path('traces.jsonl'))
    expect(code).toBe(0)
    expect(stdout).toContain('kai@contoso.com and lee@contoso.com asked')
  })
  it('finds what was done for a principal, in its canonical form', async () => {
    const { stdout } = await explain('--principal', 'mailto:KAI@contoso.com', '--file', path('traces.jsonl'))
    expect(stdout).toContain('kai@contoso.com asked')
    expect(stdout).not.toContain('lee@contoso.com')
  })
  it('finds what touched a resource', async () => {
    const { stdout } = await explain('--resource', 'mail-42', '--file', path('traces.jsonl'))
    expect(stdout).toContain('sendMail succeeded on mail-42')
  })
  it('finds what one span has together, where several ids are given', async () => {
    const both = (resource: string, principal: string, ...more: readonly string[]) =>
      explain('--resource', resource, '--principal', principal, ...more, '--file', path('traces.jsonl'))
    expect((await both('mail-42', 'kai@contoso.com')).stdout).toContain('kai@contoso.com asked')
    expect((await both('mail-42', 'kai@contoso.com', '--correlation', 'c-1')).code).toBe(0)
    const { code, stderr } = await both('mail-42', 'lee@contoso.com')
    expect(code).toBe(2)
    expect(stderr).toContain('no agent span with resource mail-42 and principal lee@contoso.com was found')
  })
  it('leaves out what is not in the time that was asked for', async () => {
    const day = ['--correlation', 'c-1', '--file', path('traces.jsonl')]
    const later = await explain(...day, '--since', '2026-01-01T00:00:30Z')
    expect(later.stdout).toContain('lee@contoso.com asked')
    const earlier = await explain(...day, '--until', '2026-01-01T00:00:30Z')
    expect(earlier.stdout).toContain('kai@contoso.com asked')
    expect(earlier.stdout).not.toContain('lee@contoso.com')
  })
  it('names the place that each clause rests on, where it is asked to', async () => {
    const { stdout } = await explain(FIRST, '--file', path('traces.jsonl'), '--evidence')
    expect(stdout).toContain(`
  kai@contoso.com asked
    attribution.principal.id of span aaaaaaaaaaaaaaaa (run)
  assistant (inferred) acted
    gen_ai.agent.name of span aaaaaaaaaaaaaaaa (run)
  through mail-connector
    attribution.context.id of span bbbbbbbbbbbbbbbb (call)
  to send the report
    attribution.intent.summary of span aaaaaaaaaaaaaaaa (run)
  no policy decision is recorded
    no span shows it
  sendMail succeeded on mail-42
    status of span bbbbbbbbbbbbbbbb (call)
`)
    writeFileSync(path('nobody.jsonl'), line(FIRST, 0, [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: mail }]))
    const { stdout: nobody } = await explain(FIRST, '--file', path('nobody.jsonl'), '--evidence')
    expect(nobody).toContain('\n  who asked is not proven (no principal)\n    span aaaaaaaaaaaaaaaa (run)\n')
  })
  it('takes times as ISO 8601, in UTC where they name no zone, and as how long ago', async () => {
    const seen = async (...range: readonly string[]) =>
      (await explain('--principal', 'lee@contoso.com', ...range, '--file', path('traces.jsonl'))).code
    expect(await seen('--since', '2026-01-01')).toBe(0)
    expect(await seen('--since', '2026-01-01T00:01', '--until', '2026-01-01T01:01:30+01:00')).toBe(0)
    expect(await seen('--since', '2026-01-01T00:01:30')).toBe(2)
    expect(await seen('--since', '1000000h ago', '--until', '1s')).toBe(0)
    expect(await seen('--since', '20260101T0101+01', '--until', '2 days ago')).toBe(0)
    expect(await seen('--until', '10000w')).toBe(2)
    expect(await seen('--since', '99999999999999 weeks ago')).toBe(0)
  })
  it('gives a short list first where a principal has more than one trace', async () => {
    const lines = [
      LINES[0],
      line('3'.repeat(32), 9, [
        { spanId: 'dddddddddddddddd', name: 'run', attributes: asked('kai@contoso.com', 'c-9') },
      ]),
    ]
    writeFileSync(path('two.jsonl'), lines.join('\n'))
    const { code, stdout } = await explain('--principal', 'kai@contoso.com', '--file', path('two.jsonl'))
    expect(code).toBe(0)
    expect(stdout).toContain(
      `2 traces match; explain one by its id:\n\n${FIRST}  2026-01-01T00:00:00.000Z\n  kai@contoso.com asked;`,
    )
    const json = await explain('--principal', 'kai@contoso.com', '--file', path('two.jsonl'), '--format', 'json')
    expect((JSON.parse(json.stdout) as { found: unknown[] }).found).toHaveLength(2)
  })
  it('lists what was done in a time where nothing else is said, and explains it where it is one trace', async () => {
    const both = await explain('--since', '2026-01-01', '--until', '2026-01-02', '--file', path('traces.jsonl'))
    expect(both).toMatchObject({ code: 0, stderr: '' })
    expect(both.stdout).toContain(`2 traces match; explain one by its id:\n\n${FIRST}  2026-01-01T00:00:00.000Z\n  kai`)
    expect(both.stdout).toContain(`\n${SECOND}  2026-01-01T00:01:00.000Z\n  lee@contoso.com asked;`)
    const since = await explain('--since', '2026-01-01T00:00:30', '--file', path('traces.jsonl'))
    expect(since.stdout).toMatch(/^lee@contoso\.com asked;/u)
    const until = await explain('--until', '2026-01-01T00:00:30', '--file', path('traces.jsonl'))
    expect(until.stdout).toMatch(/^kai@contoso\.com asked;/u)
  })
  it('lists traces that start at the same time by their ids, in whatever order they were recorded', async () => {
    const spans = [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: asked('kai@contoso.com', 'c-1') }]
    writeFileSync(path('same.jsonl'), [SECOND, FIRST].map((id) => line(id, 0, spans)).join('\n'))
    const { stdout } = await explain('--since', '2026-01-01', '--file', path('same.jsonl'))
    expect(stdout.match(/^\d{32}/gmu)).toEqual([FIRST, SECOND])
  })
  it('says of a time in which no agent did anything what was looked through', async () => {
    const { code, stdout, stderr } = await explain('--until', '2020-01-01', '--file', path('traces.jsonl'))
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'no agent span was found until 2020-01-01T00:00:00.000Z; widen the search with --since and --until\n',
    })
  })
  it('lists the first 50 traces of a time, in their order, and says that there are more', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `5${`${index}`.padStart(31, '0')}`)
    const lines = ids.map((id, index) =>
      line(id, index, [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: asked('kai@contoso.com', id) }]),
    )
    writeFileSync(path('many.jsonl'), lines.toReversed().join('\n'))
    const { code, stdout } = await explain('--since', '2026-01-01', '--file', path('many.jsonl'))
    expect(code).toBe(0)
    expect(stdout.slice(0, 200).replaceAll('\n', ' ')).toContain(
      'more than 50 traces match, of which these are the first; narrow it with --since and --until, or explain one by its id:',
    )
    expect(stdout.match(/^\d{32}/gmu)).toEqual(ids.slice(0, 50))
    const json = await explain('--since', '2026-01-01', '--file', path('many.jsonl'), '--format', 'json')
    expect(JSON.parse(json.stdout)).toMatchObject({ found: { length: 50 }, more: true })
  })
  it('says until when an authority held, so that one that had expired is seen to have', async () => {
    const grant = { 'attribution.authority.id': 'm-1', 'attribution.authority.expires_at': '2020-01-01T00:00:00Z' }
    const attributes = { ...mail, ...grant }
    writeFileSync(path('expired.jsonl'), line(FIRST, 0, [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes }]))
    const { stdout } = await explain(FIRST, '--file', path('expired.jsonl'))
    expect(stdout).toContain('authority_expired: The authority had expired (1 span)')
    expect(stdout).toContain('    authority   m-1, until 2020-01-01T00:00:00Z [asserted]\n')
  })
  it('says how sure what is there is, where policy asks for more, and counts the other places', async () => {
    const tool = (name: string) => ({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name })
    const run = { spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: asked('kai@contoso.com', 'c') }
    const steps = ['b', 'c'].map((digit) => {
      return { spanId: digit.repeat(16), parentSpanId: run.spanId, name: `call ${digit}`, attributes: tool(digit) }
    })
    writeFileSync(path('weak.jsonl'), line(FIRST, 0, [run, ...steps]))
    const { stdout } = await explain(FIRST, '--file', path('weak.jsonl'), '--profile', 'strict')
    expect(stdout).toContain('missing_context: The execution context is only inferred (2 spans)')
    expect(stdout).toContain('\n  at b of reports and 1 more place\n')
  })
  it('stays readable for a trace of thousands of spans', async () => {
    const steps = Array.from({ length: 6_000 }, (_, index) => ({
      spanId: `${index}`.padStart(16, 'e'),
      parentSpanId: 'aaaaaaaaaaaaaaaa',
      name: `call ${index} ${'x'.repeat(500)}`,
      attributes: { ...mail, 'gen_ai.tool.name': `t${index}` },
    }))
    const run = { spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: asked('kai@contoso.com', 'c') }
    writeFileSync(path('long.jsonl'), line(FIRST, 0, [run, ...steps]))
    const { code, stdout } = await explain(FIRST, '--file', path('long.jsonl'))
    expect(code).toBe(0)
    expect(stdout.split('\n').length).toBeLessThan(1_500)
    expect(stdout.replaceAll('\n', ' ')).toContain('and 5,996 more.')
    expect(stdout).toContain('--format json shows all')
  })
  it('gives programs each clause with the span and attribute that it rests on', async () => {
    const { stdout } = await explain(FIRST, '--file', path('traces.jsonl'), '--format', 'json')
    const answer = JSON.parse(stdout) as {
      readonly traces: readonly string[]
      readonly sentence: string
      readonly clauses: readonly { readonly facet: string }[]
      readonly chain: readonly { readonly spanId: string; readonly above: string | null }[]
      readonly missing: readonly unknown[]
    }
    expect(answer.traces).toEqual([FIRST])
    expect(answer.sentence).toContain('kai@contoso.com asked; assistant (inferred) acted')
    expect(answer.clauses[0]).toEqual({
      facet: 'principal',
      text: 'kai@contoso.com asked',
      proven: true,
      assurance: 'asserted',
      evidence: [{ traceId: FIRST, spanId: 'aaaaaaaaaaaaaaaa', attribute: 'attribution.principal.id' }],
    })
    expect(answer.chain.map(({ spanId, above }) => [spanId, above])).toEqual([
      ['aaaaaaaaaaaaaaaa', null],
      ['bbbbbbbbbbbbbbbb', 'aaaaaaaaaaaaaaaa'],
    ])
    expect(answer.missing).toEqual([])
  })
  it('says when each thing was done and to what, in the tree and to programs', async () => {
    const effect = (spanId: string, attributes: Readonly<Record<string, string>>) => ({
      spanId: spanId.repeat(16),
      parentSpanId: 'bbbbbbbbbbbbbbbb',
      name: 'POST',
      attributes: { 'attribution.span.kind': 'effect', 'http.request.method': 'POST', ...attributes },
    })
    const root = { spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: asked('kai@contoso.com', 'c-1') }
    const tool = { spanId: 'bbbbbbbbbbbbbbbb', parentSpanId: 'aaaaaaaaaaaaaaaa', name: 'call', attributes: mail }
    const lines = [
      line(FIRST, 0, [root, tool, effect('c', { 'url.full': 'https://pay.contoso.com/v1/orders/4711?token=s3cret' })]),
      line(FIRST, 90, [effect('d', { 'attribution.context.target': 'ledger', 'server.address': 'pay.contoso.com' })]),
      line(FIRST, 9_000, [effect('e', { 'server.address': 'pay.contoso.com' })]),
    ]
    writeFileSync(path('times.jsonl'), lines.join('\n'))
    const { stdout } = await explain(FIRST, '--file', path('times.jsonl'))
    expect(stdout).toContain('Started 2026-01-01T00:00:00.000Z:')
    expect(stdout).toMatch(
      /effect POST +reports +\+0\.000 s .*\n(?: +context .*\n)? +target +POST pay\.contoso\.com\/v1\/orders\/4711\n/u,
    )
    expect(stdout).toMatch(/effect POST +reports +\+90\.000 s .*\n(?: +context .*\n)? +target +ledger\n/u)
    expect(stdout).toMatch(/effect POST +reports +\+2\.5 h /u)
    expect((await explain('--resource', 'ledger', '--file', path('times.jsonl'))).code).toBe(0)
    expect(stdout).not.toContain('s3cret')
    const record = await explain(FIRST, '--file', path('times.jsonl'), '--format', 'json')
    const { chain } = JSON.parse(record.stdout) as { chain: readonly Record<string, unknown>[] }
    expect(chain.map(({ start, target, resource }) => [start, target, resource])).toEqual([
      ['2026-01-01T00:00:00.000Z', null, null],
      ['2026-01-01T00:00:00.000Z', null, 'mail-42'],
      ['2026-01-01T00:00:00.000Z', 'POST pay.contoso.com/v1/orders/4711', null],
      ['2026-01-01T00:01:30.000Z', 'ledger', null],
      ['2026-01-01T02:30:00.000Z', 'POST pay.contoso.com', null],
    ])
  })
  it('sends no control character of a span to the terminal', async () => {
    const { stdout } = await explain(FIRST, '--file', path('escape.jsonl'))
    expect(stdout).toContain('\\u001b')
    expect(stdout).not.toContain('\u001B')
  })
  it('does not say that nothing is wrong where that was allowed', async () => {
    writeFileSync(path('rules.yaml'), 'rules:\n  - agent: "*"\n    allow: [principal_is_actor]\n')
    const attributes = { ...asked('kai@contoso.com', 'c'), 'attribution.actor.id': 'kai@contoso.com' }
    writeFileSync(path('allowed.jsonl'), line(FIRST, 0, [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes }]))
    const { stdout } = await explain(FIRST, '--file', path('allowed.jsonl'), '--policy', path('rules.yaml'))
    expect(stdout.replaceAll(/\s+/gu, ' ')).toContain(
      'Nothing is missing or wrong but what a declaration or policy allows: principal_is_actor.',
    )
  })
  it('tells programs what contradicts a success that is stated', async () => {
    const attributes = { ...mail, 'attribution.outcome': 'success', 'error.type': '500' }
    writeFileSync(path('error.jsonl'), line(FIRST, 0, [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes }]))
    const { stdout } = await explain(FIRST, '--file', path('error.jsonl'), '--format', 'json')
    expect(JSON.parse(stdout)).toMatchObject({ chain: [{ outcome: 'success', contradictedBy: 'error.type' }] })
    expect((await explain(FIRST, '--file', path('error.jsonl'))).stdout).toContain(
      '    outcome     success is stated, its error.type says failure\n',
    )
  })
  it('sends no hidden character to programs, and shows each one to people', async () => {
    const hidden = ['\u0085', '\u009b', '\u202e', '\u2066', '\u200b', '\u00ad', '\u3164', '\u{e0041}', '\u2028']
    const attributes = asked(`kai${hidden.join('')}x`, 'c')
    writeFileSync(
      path('hidden.jsonl'),
      line(FIRST, 0, [{ spanId: 'aaaaaaaaaaaaaaaa', name: hidden.join('x'), attributes }]),
    )
    for (const more of [['--evidence'], ['--format', 'json'], ['--since', '2026-01-01', '--format', 'json']]) {
      const { code, stdout } = await explain(
        ...(more[0] === '--since' ? [] : [FIRST]),
        '--file',
        path('hidden.jsonl'),
        ...more,
      )
      expect(code).toBe(0)
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{DI}\p{Zl}\p{Zp}]/u)
    }
    const { stdout } = await explain(FIRST, '--file', path('hidden.jsonl'), '--format', 'json')
    expect(JSON.parse(stdout)).toMatchObject({
      chain: [{ name: hidden.join('x'), principal: `kai${hidden.join('')}x` }],
    })
  })
  it('names the place that it could not read, and explains the rest', async () => {
    const { code, stdout, stderr } = await explain('11112', '--file', path('broken.jsonl'))
    expect(code).toBe(2)
    expect(stderr).toContain('broken.jsonl:2: ')
    expect(stdout).toContain('lee@contoso.com asked')
  })

  it('tells a credential that another trace used for someone else, as the audit does', async () => {
    const used = {
      ...mail,
      'attribution.context.credential.id': 'key-7',
      'attribution.context.credential.type': 'shared',
    }
    const traceOf = (id: string, second: number, who: string) =>
      line(id, second, [
        { spanId: 'aaaaaaaaaaaaaaaa', name: 'run', attributes: asked(who, `c-${second}`) },
        { spanId: 'bbbbbbbbbbbbbbbb', parentSpanId: 'aaaaaaaaaaaaaaaa', name: 'call', attributes: used },
      ])
    const both = `${traceOf(FIRST, 0, 'kai@contoso.com')}\n${traceOf(SECOND, 60, 'lea@contoso.com')}\n`
    writeFileSync(path('shared.jsonl'), both)
    const second = await explain(SECOND, '--file', path('shared.jsonl'))
    expect(second.stdout).toContain('collapsed: shared_credential')
    expect(second.stdout).not.toContain('Not checked')
    expect((await explain('--principal', 'lea@contoso.com', '--file', path('shared.jsonl'))).stdout).toContain(
      'shared_credential',
    )
    expect((await explain(FIRST, '--file', path('shared.jsonl'))).stdout).not.toContain('shared_credential')
    const piped = await onbehalf(['explain', SECOND, '--file', '-'], directory, both)
    expect(piped.stdout.replaceAll(/\s+/gu, ' ')).toContain(
      'Not checked: whether other traces used one of these credentials',
    )
    const record = await onbehalf(['explain', SECOND, '--file', '-', '--format', 'json'], directory, both)
    expect(JSON.parse(record.stdout)).toMatchObject({ notChecked: ['shared_credential'] })
  })

  const MISTAKES: readonly (readonly [string, readonly string[], string])[] = [
    ['no selector', ['--file', 'x'], 'a trace id, --correlation, --resource or --principal, or a time'],
    ['a trace id with another id', ['1111', '--principal', 'kai', '--file', 'x'], 'a trace id stands alone'],
    ['a trace id after the files', ['--file', 'x', '1111'], 'put the trace id first'],
    ['what is no trace id', ['nonsense', '--file', 'x'], "isn't a trace id"],
    ['no file', ['1111'], '--file FILE'],
    ['a format that is none', ['1111', '--file', 'x', '--format', 'xml'], '--format takes one of text, json'],
    [
      'a time that ends before it begins',
      ['--principal', 'k', '--since', '1h', '--until', '2h', '--file', 'x'],
      '--since is later',
    ],
    ['a time that is none', ['--principal', 'k', '--since', 'soon', '--file', 'x'], '--since takes a time'],
    ['a unit of time that has no fixed length', ['--since', '3 months', '--file', 'x'], '--since takes a time'],
    ['a day that no calendar has', ['--since', '2026-02-30', '--file', 'x'], '--since takes a time'],
    ['a file that is missing', ['1111', '--file', '/nowhere/x.jsonl'], 'there is no such file'],
  ]
  for (const [title, args, reason] of MISTAKES) {
    it(`refuses ${title}`, async () => {
      const { code, stdout, stderr } = await explain(...args)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain(reason)
    })
  }
  it.each([
    [['--principal', 'kai@contso.com'], 'did you mean principal kai@contoso.com?'],
    [['--principal', 'lee'], 'did you mean principal lee@contoso.com?'],
    [['--resource', 'mail-43'], 'did you mean resource mail-42?'],
    [['--correlation', 'C-1'], 'did you mean correlation c-1?'],
    [['1121'], `did you mean ${FIRST}, or ${SECOND}?`],
    [[FIRST.replace(/1$/u, '2')], `did you mean ${FIRST}?`],
  ])('offers what is near to %j', async (args, words) => {
    const { code, stderr } = await explain(...args, '--file', path('traces.jsonl'))
    expect(code).toBe(2)
    expect(stderr).toContain(`was found; ${words}`)
  })
  it('offers nothing for what nothing is like', async () => {
    for (const args of [['--principal', 'mia@fabrikam.com'], ['--correlation', '0f8fad5b-d9cb'], ['feed']])
      expect((await explain(...args, '--file', path('traces.jsonl'))).stderr).not.toContain('did you mean')
  })
  it('says that no trace has the id', async () => {
    const { code, stderr } = await explain('feed', '--file', path('traces.jsonl'))
    expect(code).toBe(2)
    expect(stderr).toContain('no span of a trace feed')
  })
})

it.each([
  ['allow', 'lee', 'allow, approved by lee'],
  ['deny', 'lee', 'deny, declined by lee'],
  ['escalate', 'lee', 'escalate, approved by lee'],
  ['escalate', 'unknown', 'escalate, approver unknown'],
  ['not_required', 'lee', 'not_required, confirmed by lee'],
])('the chain says of %s by %s what the sentence says', async (outcome, approver, says) => {
  const decided = { ...mail, 'attribution.decision.outcome': outcome, 'attribution.decision.approver.id': approver }
  writeFileSync(
    path('decided.jsonl'),
    line(FIRST, 0, [{ spanId: 'aaaaaaaaaaaaaaaa', name: 'call', attributes: decided }]),
  )
  const { stdout } = await explain(FIRST, '--file', path('decided.jsonl'))
  expect(stdout).toContain(`decision    ${says} [`)
})
