import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import Ajv from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wireAttributes, wireLine, wireRequest, wireSpan } from './otlp.ts'
import { onbehalf, PROGRAM } from './program.ts'

let directory: string
const path = (name: string) => join(directory, name)

/** A server span, an agent that nobody asked, and its tool: in as many traces as there are digits. */
function chat(digit: string): readonly unknown[] {
  const ids = { server: 'a'.repeat(16), agent: 'b'.repeat(16), tool: 'c'.repeat(16) }
  const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'assistant' }
  const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' }
  return [
    wireSpan(digit, { spanId: ids.server, name: 'POST /chat', kind: 2, attributes: [] }),
    wireSpan(digit, { spanId: ids.agent, parentSpanId: ids.server, name: 'run', attributes: wireAttributes(agent) }),
    wireSpan(digit, { spanId: ids.tool, parentSpanId: ids.agent, name: 'call', attributes: wireAttributes(tool) }),
  ]
}

const CHATS = ['1', '2', '3'].map((digit) => JSON.stringify(wireRequest(...chat(digit))))

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-audit-'))
  writeFileSync(path('good.jsonl'), `${['8', '9'].map((digit) => wireLine(digit)).join('\n')}\n`)
  writeFileSync(path('chats.jsonl'), `${CHATS.join('\n')}\n`)
  writeFileSync(path('bad.jsonl'), `${wireLine('1')}\ngarbage\n`)
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const audit = (...args: readonly string[]) => onbehalf(['audit', ...args], directory)
const json = async (...args: readonly string[]) =>
  JSON.parse((await audit(...args, '--format', 'json')).stdout) as Record<string, unknown>

describe('onbehalf audit', () => {
  it('holds a bounded number of dialects, whatever spans call theirs, and counts every span', async () => {
    const spans = Array.from({ length: 1_500 }, (_, index) =>
      wireSpan('1', {
        spanId: (index + 1).toString(16).padStart(16, '0'),
        attributes: wireAttributes({ 'attribution.span.kind': 'agent', 'attribution.span.dialect': `own-${index}` }),
      }),
    )
    writeFileSync(path('dialects.json'), JSON.stringify(wireRequest(...spans)))
    const counts = (await json('dialects.json'))['dialects'] as Record<string, number>
    expect(Object.keys(counts)).toHaveLength(1_001)
    expect([counts['own-0'], counts['other']]).toEqual([1, 500])
  })
  it('gives programs one object a judged span, with exactly the fields of the contract', async () => {
    const { code, stdout, stderr } = await audit('chats.jsonl', '--format', 'ndjson')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [agent, tool] = stdout.split('\n').map((line) => (line === '' ? {} : (JSON.parse(line) as unknown)))
    const shared = { traceId: '1'.repeat(32), dialect: 'otel-genai', principal: null, actor: 'assistant', intent: null }
    const rest = { conversation: null, correlation: null, verdict: 'unknown', complete: false }
    expect(agent).toStrictEqual({
      ...shared,
      ...rest,
      spanId: 'b'.repeat(16),
      parentSpanId: 'a'.repeat(16),
      name: 'run',
      kind: 'agent',
      context: null,
      tool: null,
      assurance: { actor: 'inferred' },
      findings: ['missing_intent', 'missing_principal'],
    })
    expect(tool).toMatchObject({ kind: 'tool', tool: 'sendMail', context: 'sendMail' })
  })
  it('gives programs one summary, with exactly the fields of the contract', async () => {
    expect(await json('chats.jsonl', 'good.jsonl', 'good.jsonl')).toStrictEqual({
      spans: 13,
      recognized: 8,
      traces: 5,
      verdicts: { separated: 2, declared: 0, collapsed: 0, unknown: 6 },
      complete: 2,
      findings: { missing_intent: 6, missing_principal: 6 },
      dialects: { 'otel-genai': 8 },
      late: 0,
      duplicates: 2,
      unreadable: 0,
    })
  })
  it('judges a trace as one whose spans stand in several files', async () => {
    const [server, agent, tool] = chat('1')
    writeFileSync(path('a.jsonl'), JSON.stringify(wireRequest(tool)))
    writeFileSync(path('b.jsonl.gz'), gzipSync(JSON.stringify(wireRequest(server, agent))))
    expect(await json('a.jsonl', 'b.jsonl.gz')).toMatchObject({ traces: 1, late: 0, findings: { missing_intent: 2 } })
  })
  it('counts a span late that comes after its window, and never calls it an orphan', async () => {
    const [server, agent, tool] = chat('1')
    writeFileSync(
      path('far.jsonl'),
      [wireRequest(server, agent), wireRequest(...chat('2')), wireRequest(tool)]
        .map((one) => JSON.stringify(one))
        .join('\n'),
    )
    const found = await json('far.jsonl', '--window', '3')
    expect(found).toMatchObject({ traces: 2, late: 1, spans: 6 })
    expect(found['findings']).not.toHaveProperty('orphan_effect')
  })
  it('reads standard input, gzipped or not', async () => {
    for (const input of [CHATS.join('\n'), gzipSync(CHATS.join('\n'))]) {
      const { code, stdout } = await onbehalf(['audit', '-', '--format', 'json'], directory, input)
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ spans: 9, recognized: 6 })
    }
  })
  it('ends quietly where its reader has seen enough', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => wireLine('1', { spanId: `${index}`.padStart(16, 'a') }))
    writeFileSync(path('many.jsonl'), lines.join('\n'))
    const child = spawn(process.execPath, [
      PROGRAM,
      'audit',
      path('many.jsonl'),
      '--format',
      'ndjson',
      '--window',
      '10',
    ])
    let stderr = ''
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
    child.stdout.once('data', () => child.stdout.destroy())
    const [code] = (await once(child, 'close')) as [number]
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

describe('the exit code of an audit', () => {
  const CASES: readonly (readonly [string, readonly string[], number])[] = [
    ['is 0 for findings that nobody asked to fail on', ['chats.jsonl'], 0],
    ['is 1 for findings at the severity', ['chats.jsonl', '--fail-on', 'high'], 1],
    ['is 0 for findings below the severity', ['chats.jsonl', '--fail-on', 'critical'], 0],
    ['is 0 where profile makes them less grave', ['chats.jsonl', '--fail-on', 'high', '--profile', 'observe'], 0],
    ['is 2 for what cannot be read, whatever was found', ['bad.jsonl', 'chats.jsonl', '--fail-on', 'low'], 2],
    ['is 2 for a file that is missing', ['nowhere.jsonl', 'good.jsonl'], 2],
    ['is 2 for a format that is none', ['good.jsonl', '--format', 'xml'], 2],
    ['is 2 for a severity that is none', ['good.jsonl', '--fail-on', 'worst'], 2],
    ['is 2 for a window that is none', ['good.jsonl', '--window', 'wide'], 2],
    ['is 2 for a baseline that is missing', ['good.jsonl', '--baseline', 'nowhere.json'], 2],
    ['is 2 without a file', [], 2],
  ]
  for (const [title, args, code] of CASES) it(title, async () => expect((await audit(...args)).code).toBe(code))

  it('comes with file, line and reason, and everything readable is audited', async () => {
    const { stdout, stderr } = await audit('bad.jsonl', 'nowhere.jsonl', 'chats.jsonl', '--format', 'json')
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^bad\.jsonl:2: this is no JSON: .*garbage/u),
      'nowhere.jsonl: there is no such file',
      '',
    ])
    expect(JSON.parse(stdout)).toMatchObject({ spans: 10, unreadable: 2 })
  })
})

describe('an input that lacks the parents of spans', () => {
  const [, agent, tool] = chat('4')
  const python = { attributes: wireAttributes({ 'service.name': 'planner', 'telemetry.sdk.language': 'python' }) }

  it('is told, and what only follows from it fails no gate, unless asked to', async () => {
    writeFileSync(path('cut.jsonl'), JSON.stringify(wireRequest(agent, tool)))
    const gate = ['cut.jsonl', '--fail-on', 'medium']
    const { code, stdout, stderr } = await audit(...gate)
    expect(stdout).toContain('1 trace lacks spans that others name as parents.')
    expect(stderr).toBe(
      '4 findings may only be due to parents that are not in the input, and did not fail the gate. --fail-on-incomplete makes them count.\n',
    )
    expect(code).toBe(0)
    expect((await audit(...gate, '--fail-on-incomplete')).code).toBe(1)
    expect(await json('cut.jsonl')).toMatchObject({ incomplete: 1, findings: { missing_principal: 2 } })
  })
  it('fails a gate where a whole trace has the same finding, or one that no parent explains', async () => {
    writeFileSync(path('both.jsonl'), `${JSON.stringify(wireRequest(agent, tool))}\n${CHATS[0]}\n`)
    expect((await audit('both.jsonl', '--fail-on', 'high')).code).toBe(1)
    const collapsed = wireAttributes({ 'attribution.context.id': 'kai', 'attribution.principal.id': 'kai' })
    writeFileSync(
      path('worse.jsonl'),
      JSON.stringify(
        wireRequest(agent, {
          ...(tool as object),
          attributes: [...wireAttributes({ 'gen_ai.operation.name': 'execute_tool' }), ...collapsed],
        }),
      ),
    )
    expect((await audit('worse.jsonl', '--fail-on', 'critical')).code).toBe(1)
  })
  it('has another fix than an effect that no agent made', async () => {
    const lost = wireSpan('5', {
      spanId: 'd'.repeat(16),
      parentSpanId: 'e'.repeat(16),
      name: 'lost',
      attributes: wireAttributes({ 'gen_ai.operation.name': 'execute_tool' }),
    })
    const alone = wireSpan('6', {
      spanId: 'd'.repeat(16),
      name: 'alone',
      attributes: wireAttributes({ 'gen_ai.operation.name': 'execute_tool' }),
    })
    writeFileSync(path('orphans.jsonl'), JSON.stringify(wireRequest(lost, alone)))
    const text = (await audit('orphans.jsonl')).stdout.replaceAll(/\s+/gu, ' ')
    expect(text).toContain('effect whose parent is not in this input at `lost`')
    expect(text).toContain('fix: Its parent is not in this input. Read all files of the trace together')
    expect(text).toContain('effect without a root at `alone`')
    expect(text).toContain('fix: Run the call below an agent')
  })
  it('says what to set in a service of another language', async () => {
    const [group] = wireRequest(...chat('7'))['resourceSpans'] as readonly object[]
    writeFileSync(path('python.jsonl'), JSON.stringify({ resourceSpans: [{ ...group, resource: python }] }))
    for (const format of ['text', 'markdown', 'sarif']) {
      const { stdout } = await audit('python.jsonl', '--format', format)
      const text = stdout.replaceAll(/\s+/gu, ' ')
      expect(text).toContain("Set user.id on the request's root span, or attribution.principal.id on the agent's span.")
    }
  })
})

it('a gate fails on an input without a span, unless it may be empty', async () => {
  writeFileSync(path('empty.jsonl'), '{"resourceSpans":[]}\n')
  expect((await audit('empty.jsonl')).code).toBe(0)
  const { code, stderr } = await audit('empty.jsonl', '--fail-on', 'high')
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'The gate fails: the input holds no span. If that is expected, add --allow-empty.\n',
  })
  expect((await audit('empty.jsonl', '--fail-on', 'high', '--allow-empty')).code).toBe(0)
})

describe('an audit of a time', () => {
  const HOUR = 3_600
  const at = (second: number) => ({ startTimeUnixNano: `${1_767_225_600 + second}000000000` })
  const agent = wireSpan('1', { spanId: 'd'.repeat(16), ...at(0) })
  const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' }
  const call = wireSpan('1', {
    spanId: 'e'.repeat(16),
    parentSpanId: 'd'.repeat(16),
    ...at(HOUR),
    attributes: wireAttributes(tool),
  })
  const other = wireSpan('2', { ...at(2 * HOUR) })
  const NOON = '2026-01-01T00:30:00Z'

  it('counts the spans that start in it, with what they have from spans before it', async () => {
    writeFileSync(path('hours.jsonl'), JSON.stringify(wireRequest(agent, call, other)))
    expect(await json('hours.jsonl', '--since', NOON)).toMatchObject({
      spans: 2,
      recognized: 2,
      traces: 2,
      complete: 2,
    })
    expect(await json('hours.jsonl', '--until', NOON)).toMatchObject({ spans: 1, recognized: 1, traces: 1 })
    const { stdout } = await audit(
      'hours.jsonl',
      '--since',
      NOON,
      '--until',
      '2026-01-01T01:30:00Z',
      '--format',
      'ndjson',
    )
    expect(JSON.parse(stdout)).toMatchObject({ name: 'run', principal: 'kai@contoso.com', tool: 'sendMail' })
  })
  it('says which time that was', async () => {
    expect((await audit('hours.jsonl', '--since', NOON)).stdout).toContain(
      '2 spans in 2 traces read, from 2026-01-01T00:30:00.000Z.',
    )
    expect((await audit('hours.jsonl', '--until', '2020-01-01')).stdout).toContain(
      'the input holds no spans until 2020-01-01T00:00:00.000Z.',
    )
  })
  it('without a span fails a gate', async () => {
    expect(await audit('hours.jsonl', '--until', '2020-01-01', '--fail-on', 'critical')).toMatchObject({
      code: 1,
      stderr:
        'The gate fails: the input holds no span until 2020-01-01T00:00:00.000Z. If that is expected, add --allow-empty.\n',
    })
  })
  it.each([
    [['--since', 'yesterday'], '--since takes a time such as'],
    [['--since', '1h', '--until', '2h'], '--since is later than --until'],
  ])('refuses %j', async (args, words) => {
    const { code, stderr } = await audit('hours.jsonl', ...args)
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })
})

describe('a gate on how much is there', () => {
  it('fails where a smaller share is attributable, and says which', async () => {
    // Two spans of good.jsonl are attributable, and none of the six agent spans of the chats.
    const { code, stderr } = await audit('good.jsonl', 'chats.jsonl', '--min-attributable', '25.1')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'The gate fails: 25 % attributable, less than the 25.1 % of --min-attributable.\n',
    })
    expect(await audit('good.jsonl', 'chats.jsonl', '--min-attributable', '25')).toMatchObject({ code: 0, stderr: '' })
    expect(await audit('good.jsonl', '--min-attributable', '100%')).toMatchObject({ code: 0, stderr: '' })
  })
  it('fails where there are fewer spans, for any format', async () => {
    const { code, stderr } = await audit('chats.jsonl', '--min-spans', '10', '--format', 'json')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'The gate fails: 9 spans read, fewer than the 10 of --min-spans.\n',
    })
    expect((await audit('chats.jsonl', '--min-spans', '9')).code).toBe(0)
  })
  it('fails where no agent left a span, and on an empty input unless that is allowed', async () => {
    writeFileSync(path('web.jsonl'), wireLine('1', { attributes: [] }))
    expect(await audit('web.jsonl', '--min-attributable', '1')).toMatchObject({
      code: 1,
      stderr: 'The gate fails: no agent span was found, and --min-attributable asks for a share of them.\n',
    })
    writeFileSync(path('empty.jsonl'), '')
    for (const gate of [
      ['--min-attributable', '0'],
      ['--min-spans', '1'],
    ]) {
      expect((await audit('empty.jsonl', ...gate)).code).toBe(1)
      expect((await audit('empty.jsonl', ...gate, '--allow-empty')).code).toBe(0)
    }
  })
  it('names each that fails', async () => {
    const { stderr } = await audit('chats.jsonl', '--min-spans', '99', '--min-attributable', '99', '--fail-on', 'low')
    expect(stderr.match(/The gate fails/gu)).toHaveLength(2)
  })
  it.each([
    ['--min-attributable', '101'],
    ['--min-attributable', 'most'],
    ['--min-spans', '0'],
    ['--min-spans', 'many'],
  ])('refuses %s %s', async (option, value) => {
    const { code, stderr } = await audit('good.jsonl', option, value)
    expect(code).toBe(2)
    expect(stderr).toContain(`${option} takes a `)
  })
})

/** The code of the finding that comes first, in any format. */
function firstOf(report: string): string | undefined {
  const rules = /"results"[^]*/u.exec(report)?.[0] ?? report
  return /\b(?:denied_but_executed|missing_intent|missing_principal)\b/u.exec(rules)?.[0]
}

describe('the report', () => {
  it('answers at a glance, each lack once, where it began, the most severe first', async () => {
    expect((await audit('chats.jsonl')).stdout).toBe(`9 spans in 3 traces read.

6 agent spans
        6  otel-genai

0 % attributable, 0 % complete by policy
        6  unknown    a principal, actor or context that must be named is missing

Findings: 6 high, 6 medium; in 2 places, the most severe first

high      missing_principal
  nothing names a principal at \`POST /chat\` of \`shop-api\`: 6 spans below
  e.g. run, trace 11111111111111111111111111111111, span bbbbbbbbbbbbbbbb
  fix: Wrap the request handler in onBehalfOf({ principal, intent }, fn), or set
  user.id on the request's root span.

medium    missing_intent
  nothing says why at \`POST /chat\` of \`shop-api\`: 6 spans below
  e.g. run, trace 11111111111111111111111111111111, span bbbbbbbbbbbbbbbb
  fix: Pass intent to onBehalfOf: one sentence about what was asked for, or {
  id, summary }.
`)
  })
  it('has what is critical at one span before what is less at many, by the severities of the policy', async () => {
    const denied = { 'gen_ai.operation.name': 'execute_tool', 'attribution.decision.outcome': 'deny' }
    const agent = { ...wireSpan('4') }
    const tool = wireSpan('4', {
      spanId: 'b'.repeat(16),
      parentSpanId: 'a'.repeat(16),
      attributes: wireAttributes(denied),
    })
    writeFileSync(path('denied.jsonl'), `${CHATS.join('\n')}\n${JSON.stringify(wireRequest(agent, tool))}\n`)
    writeFileSync(path('severe.yaml'), 'severities: { denied_but_executed: low, missing_intent: critical }\n')
    for (const format of ['text', 'markdown', 'sarif']) {
      const { stdout } = await audit('denied.jsonl', '--format', format)
      const { stdout: other } = await audit('denied.jsonl', '--format', format, '--policy', 'severe.yaml')
      expect(firstOf(stdout)).toBe('denied_but_executed')
      expect(firstOf(other)).toBe('missing_intent')
    }
  })
  it('does not say that nothing is there where what is there is not sure enough for the policy', async () => {
    const { stdout } = await audit('chats.jsonl', '--profile', 'strict')
    expect(stdout).toContain('the execution context is only inferred at `sendMail` of `shop-api`: 3 spans')
    expect(stdout).not.toContain('nothing says through what')
    writeFileSync(path('sure.yaml'), 'assurance: { principal: verified }\n')
    const { stdout: principal } = await audit('good.jsonl', '--policy', 'sure.yaml')
    expect(principal).toContain('the principal is only asserted at `run` of `shop-api`: 2 spans')
  })
  it('names each tool by its own name, and a call that is only named POST by its target', async () => {
    const under = (spanId: string, name: string, attributes: Readonly<Record<string, string>>) => ({
      ...wireSpan('1', { spanId: spanId.repeat(16), parentSpanId: 'a'.repeat(16), name }),
      attributes: wireAttributes({ 'attribution.decision.outcome': 'deny', ...attributes }),
      kind: 3,
    })
    const calls = ['deleteOrder', 'refund'].map((tool, index) =>
      under(`${index + 1}`, 'ai.toolCall', { 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': tool }),
    )
    const post = under('3', 'POST', { 'http.request.method': 'POST', 'server.address': 'pay.contoso.com' })
    writeFileSync(path('tools.jsonl'), JSON.stringify(wireRequest(wireSpan('1'), ...calls, post)))
    const { stdout } = await audit('tools.jsonl')
    for (const name of ['deleteOrder', 'refund', 'POST pay.contoso.com'])
      expect(stdout).toContain(`denied or left open, but done at \`${name}\` of \`shop-api\`: 1 span`)
    expect(stdout).not.toContain('ai.toolCall')
  })
  it('says what to do where there is nothing to judge', async () => {
    writeFileSync(path('plain.jsonl'), wireLine('1', { attributes: [] }))
    expect((await audit('plain.jsonl')).stdout).toContain('No agent span was found. Switch on the telemetry')
    writeFileSync(path('empty.jsonl'), '')
    expect((await audit('empty.jsonl')).stdout).toContain('the input holds no spans')
    expect((await audit('nowhere.jsonl')).stdout).toContain('nothing that could be read holds a span')
  })
  it('sends no control character of a span to the terminal, and no color where there is none', async () => {
    writeFileSync(
      path('escape.jsonl'),
      wireLine('1', {
        name: 'a\u001B[2J\nhigh  forged `x`',
        attributes: wireAttributes({ 'attribution.span.kind': 'agent' }),
      }),
    )
    const { stdout } = await audit('escape.jsonl')
    expect(stdout).not.toContain('\u001B')
    expect(stdout).toContain("`a\\u001b[2J\\u000ahigh forged 'x'` of `shop-api`")
  })
  it('is a table for the summary of a job, in which no name means anything', async () => {
    const attributes = wireAttributes({ 'attribution.span.kind': 'agent' })
    writeFileSync(path('names.jsonl'), wireLine('1', { name: 'a|b <img src=x> `c`', attributes }))
    const { stdout } = await audit('names.jsonl', '--format', 'markdown')
    expect(stdout).toContain('## Attribution: 0 % attributable')
    expect(stdout).toContain(
      "| high | `missing_principal` | nothing names a principal at `a\\|b <img src=x> 'c'` of `shop-api`: 1 span |",
    )
  })
  it('has no cell that a backslash before a pipe ends', async () => {
    const attributes = wireAttributes({ 'attribution.span.kind': 'agent' })
    writeFileSync(path('pipe.jsonl'), wireLine('1', { name: 'a\\|[x](https://evil.example)', attributes }))
    const { stdout } = await audit('pipe.jsonl', '--format', 'markdown')
    expect(stdout).toContain(String.raw`at \`a\\u007c[x](https://evil.example)\` of`.replaceAll('\\`', '`'))
  })
  it('sends no hidden character to programs, whose values are the same', async () => {
    const name = 'a\u009b2J\u202eb\u3164c\u{e0041}'
    const attributes = wireAttributes({ 'attribution.span.kind': 'agent', 'attribution.intent.summary': name })
    writeFileSync(path('hidden.jsonl'), wireLine('1', { name, attributes }))
    for (const format of ['text', 'markdown', 'ndjson', 'sarif']) {
      const { stdout } = await audit('hidden.jsonl', '--format', format)
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{DI}]/u)
    }
    const { stdout } = await audit('hidden.jsonl', '--format', 'ndjson')
    expect(JSON.parse(stdout)).toMatchObject({ name, intent: name })
  })
})

describe('SARIF', () => {
  const schema = createRequire(import.meta.url)('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json') as object
  const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false })
  addFormats.default(ajv)
  const validate = ajv.compile(schema)

  const sarif = async (...args: readonly string[]) =>
    JSON.parse((await audit(...args, '--format', 'sarif')).stdout) as {
      readonly runs: readonly {
        readonly results: readonly {
          readonly ruleId: string
          readonly partialFingerprints: unknown
          readonly message: { readonly text: string }
          readonly locations: readonly [
            {
              readonly physicalLocation: {
                readonly artifactLocation: { readonly uri: string }
                readonly region: { readonly startLine: number }
              }
            },
          ]
        }[]
      }[]
    }
  it('is valid by the schema of SARIF 2.1.0, with findings and without', async () => {
    expect(validate({ version: '2.1.0' })).toBe(false)
    for (const file of ['chats.jsonl', 'good.jsonl']) {
      validate(await sarif(file))
      expect(validate.errors ?? []).toEqual([])
    }
  })
  it('has no link in its messages', async () => {
    const attributes = wireAttributes({ 'attribution.span.kind': 'agent' })
    writeFileSync(path('link.jsonl'), wireLine('1', { name: '\\\\[fix](https://evil.example)', attributes }))
    const [first] = (await sarif('link.jsonl')).runs[0]?.results ?? []
    expect(first?.message.text).toContain(String.raw`\\\\\[fix\](https://evil.example)`)
  })
  it('shows what hides in a name', async () => {
    const attributes = wireAttributes({ 'attribution.span.kind': 'agent' })
    writeFileSync(path('bidi.jsonl'), wireLine('1', { name: 'pay\u202eyap', attributes }))
    const [first] = (await sarif('bidi.jsonl')).runs[0]?.results ?? []
    const name = String.raw`pay\u202eyap`
    expect(first).toMatchObject({
      locations: [{ logicalLocations: [{ name, fullyQualifiedName: `shop-api/${name}` }] }],
    })
  })
  it('has one result a place, whose fingerprint the next recording keeps', async () => {
    const other = CHATS.map((line) => line.replaceAll(/"traceId":"(.)/gu, '"traceId":"f')).toReversed()
    writeFileSync(path('next.jsonl'), other.join('\n'))
    const results = (await sarif('chats.jsonl')).runs[0]?.results
    expect(results?.map(({ ruleId }) => ruleId)).toEqual(['missing_principal', 'missing_intent'])
    const next = (await sarif('next.jsonl')).runs[0]?.results
    expect(next?.map((one) => one.partialFingerprints)).toEqual(results?.map((one) => one.partialFingerprints))
  })
  it('shows each result in the file and, where a line is a document, on the line of the span at which it began', async () => {
    mkdirSync(path('day #1'), { recursive: true })
    writeFileSync(path('day #1/b.jsonl'), `\n${CHATS.join('\n')}\n`)
    writeFileSync(path('whole.json'), JSON.stringify(JSON.parse(CHATS[1] as string), null, 2))
    const placesOf = async (...files: readonly string[]) =>
      (await sarif(...files)).runs[0]?.results.map(({ locations: [{ physicalLocation }] }) => [
        physicalLocation.artifactLocation.uri,
        physicalLocation.region.startLine,
      ])
    expect(await placesOf('good.jsonl', 'day #1')).toEqual([
      ['day%20%231/b.jsonl', 2],
      ['day%20%231/b.jsonl', 2],
    ])
    expect(new Set((await placesOf('good.jsonl', 'whole.json'))?.flat())).toEqual(new Set(['whole.json', 1]))
    expect((await placesOf(path('chats.jsonl')))?.[0]?.[0]).toBe(pathToFileURL(path('chats.jsonl')).href)
  })
})

describe('a baseline', () => {
  it('reads well, one finding a line, sorted by code, kind, service and name', async () => {
    expect(await audit('chats.jsonl', '--write-baseline', 'known.json')).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(path('known.json'), 'utf8')).toBe(`[
  {"code":"missing_intent","kind":"agent","service":"shop-api","name":"run"},
  {"code":"missing_intent","kind":"tool","service":"shop-api","name":"sendMail"},
  {"code":"missing_principal","kind":"agent","service":"shop-api","name":"run"},
  {"code":"missing_principal","kind":"tool","service":"shop-api","name":"sendMail"}
]
`)
  })
  it('is the same for another order and other trace ids, and then nothing is new', async () => {
    const other = CHATS.map((line) => line.replaceAll(/"traceId":"(.)/gu, '"traceId":"e')).toReversed()
    writeFileSync(path('other.jsonl'), other.join('\n'))
    await audit('chats.jsonl', '--write-baseline', 'first.json')
    await audit('other.jsonl', '--write-baseline', 'second.json')
    expect(readFileSync(path('second.json'), 'utf8')).toBe(readFileSync(path('first.json'), 'utf8'))
    const { code, stdout } = await audit('other.jsonl', '--baseline', 'first.json', '--fail-on', 'low')
    expect(code).toBe(0)
    expect(stdout).toContain('12 findings of the baseline not shown.')
    expect(stdout).not.toContain('missing_intent')
  })
  describe('with effects', () => {
    const post = (digit: string, attributes: Readonly<Record<string, string>>) => [
      wireSpan(digit),
      wireSpan(digit, {
        spanId: 'f'.repeat(16),
        parentSpanId: 'a'.repeat(16),
        name: 'POST',
        kind: 3,
        attributes: wireAttributes({
          'http.request.method': 'POST',
          'attribution.decision.outcome': 'deny',
          'attribution.context.id': 'shop-connector',
          ...attributes,
        }),
      }),
    ]
    const write = (name: string, ...attributes: readonly Readonly<Record<string, string>>[]) =>
      writeFileSync(
        path(name),
        JSON.stringify(wireRequest(...attributes.flatMap((one, index) => post(`${index + 1}`, one)))),
      )
    const gate = (name: string, known: string) => audit(name, '--baseline', known, '--fail-on', 'critical')

    it('tells a denied call of one destination from the next, whatever ids are in it', async () => {
      write('refund.jsonl', { 'url.full': 'https://pay.contoso.com/v1/orders/4711/refund?by=kai' })
      await audit('refund.jsonl', '--write-baseline', 'refund.json')
      expect(readFileSync(path('refund.json'), 'utf8')).toContain(
        '"kind":"effect","service":"shop-api","name":"POST","target":"POST pay.contoso.com/v1/orders/*/refund"}',
      )
      write('again.jsonl', { 'server.address': 'pay.contoso.com', 'url.path': '/v1/orders/0f8f-ad5b/refund' })
      expect((await gate('again.jsonl', 'refund.json')).code).toBe(0)
      write('route.jsonl', { 'url.full': 'https://pay.contoso.com/v1/orders/4711/cancel' })
      expect((await gate('route.jsonl', 'refund.json')).code).toBe(1)
      write('host.jsonl', { 'url.full': 'https://mail.contoso.com/v1/orders/4711/refund' })
      expect((await gate('host.jsonl', 'refund.json')).code).toBe(1)
      write('stated.jsonl', { 'attribution.context.target': 'ledger', 'server.address': 'pay.contoso.com' })
      expect((await gate('stated.jsonl', 'refund.json')).code).toBe(1)
    })
    it('is read as before where it was written without destinations', async () => {
      writeFileSync(
        path('older.json'),
        '[{"code":"denied_but_executed","kind":"effect","service":"shop-api","name":"POST"}]',
      )
      write('two.jsonl', { 'server.address': 'pay.contoso.com' }, { 'server.address': 'mail.contoso.com' })
      expect((await gate('two.jsonl', 'older.json')).code).toBe(0)
    })
  })
  it('lets what is new fail', async () => {
    await audit('chats.jsonl', '--write-baseline', 'old.json')
    writeFileSync(path('new.jsonl'), `${CHATS.join('\n').replaceAll('sendMail', 'dropTable')}`)
    const { code, stdout } = await audit('new.jsonl', '--baseline', 'old.json', '--fail-on', 'high')
    expect(code).toBe(1)
    expect(stdout).toContain('nothing names a principal at `POST /chat` of `shop-api`: 3 spans below')
  })
  it('that is none says which entry is wrong', async () => {
    writeFileSync(
      path('wrong.json'),
      '[{"code":"missing_intent","kind":"agent","service":"s","name":"n"},{"code":"x"}]',
    )
    const { code, stderr } = await audit('chats.jsonl', '--baseline', 'wrong.json')
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `wrong.json: entry 2: "code" isn't a finding code; write a new one with --write-baseline\n`,
    })
  })
})
