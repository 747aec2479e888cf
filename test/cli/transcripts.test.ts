import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wireAttributes, wireRequest } from './otlp.ts'
import type { Value } from './otlp.ts'
import { onbehalf } from './program.ts'

const WEEKLY = '1'.repeat(32)
const JAPANESE = '2'.repeat(32)
const COLLAPSED = '3'.repeat(32)

interface Recorded {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: Readonly<Record<string, Value>>
}

function asWire({ attributes, ...span }: Recorded, index: number): Record<string, unknown> {
  return {
    ...span,
    kind: 1,
    startTimeUnixNano: `${1_767_225_600 + index}000000000`,
    endTimeUnixNano: `${1_767_225_600 + index}500000000`,
    attributes: wireAttributes(attributes),
    status: {},
  }
}

function agent(traceId: string, name: string, principal: string, intent?: string): Recorded {
  const attributes = {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': name,
    'attribution.principal.id': principal,
    'attribution.principal.type': 'human',
    'attribution.correlation.id': `c-${traceId[0]}`,
    ...(intent === undefined ? {} : { 'attribution.intent.summary': intent }),
  }
  return { traceId, spanId: 'a'.repeat(16), name: `invoke_agent ${name}`, attributes }
}

function tool(traceId: string, name: string, context: Readonly<Record<string, string>>): Recorded {
  const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name, ...context }
  return { traceId, spanId: 'b'.repeat(16), parentSpanId: 'a'.repeat(16), name: `execute_tool ${name}`, attributes }
}

const CONNECTOR = {
  'attribution.context.id': 'mail-connector',
  'attribution.context.type': 'connector',
  'attribution.context.credential.id': 'svc-mail',
  'attribution.context.credential.type': 'delegated',
  'attribution.context.credential.subject': 'svc-mail',
}

const SPANS = [
  agent(WEEKLY, 'report-assistant', 'kai@contoso.com', 'send the weekly report to the board'),
  tool(WEEKLY, 'sendMail', { ...CONNECTOR, 'attribution.resource.id': 'mail-42' }),
  agent(JAPANESE, '報告アシスタント👩‍💻', '田中太郎@contoso.com', '週次報告書を取締役会に送付してください。'.repeat(3)),
  tool(JAPANESE, 'メール送信', CONNECTOR),
  agent(COLLAPSED, 'report-assistant', 'kai@contoso.com'),
  tool(COLLAPSED, 'sendMail', {
    'attribution.context.id': 'kai@contoso.com',
    'attribution.context.credential.type': 'user',
  }),
]

/** A transcript each: what is typed, what comes out, and how it ended. */
const TRANSCRIPTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  onbehalf: [['--help'], ['--version'], ['adit']],
  audit: [
    ['audit', '--help'],
    ['audit', 'traces.jsonl'],
    ['audit', 'traces.jsonl', '--profile', 'strict', '--fail-on', 'high'],
    ['audit', 'traces.jsonl', '--format', 'json'],
    ['audit', 'traces.jsonl', '--format', 'ndjson'],
    ['audit', 'traces.jsonl', '--format', 'markdown'],
    ['audit', 'nowhere.jsonl'],
    ['audit', 'traces.jsonl', '--policy', 'misspelled.yaml'],
  ],
  explain: [
    ['explain', '--help'],
    ['explain', '1111', '--file', 'traces.jsonl', '--evidence'],
    ['explain', '2222', '--file', 'traces.jsonl'],
    ['explain', '3333', '--file', 'traces.jsonl'],
    ['explain', '--principal', 'kai@contoso.com', '--file', 'traces.jsonl'],
    ['explain', '3333', '--file', 'traces.jsonl', '--format', 'json'],
    ['explain', '9999', '--file', 'traces.jsonl'],
  ],
  findings: [
    ['findings', '--help'],
    ['findings'],
    ['findings', 'missing_context'],
    ['findings', 'Token-Passthrough'],
    ['findings', 'mising_principle'],
    ['findings', 'nonsense'],
  ],
  // What it writes is checked in, whole: collector-config/, held by test/collector.
  'collector-config': [
    ['collector-config', '--help'],
    ['collector-config', '--variant', 'gateway'],
    ['collector-config', '--policy', 'misspelled.yaml'],
  ],
  demo: [
    ['demo', '--help'],
    ['demo', '--scenario', 'left'],
  ],
}

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-transcripts-'))
  writeFileSync(join(directory, 'traces.jsonl'), `${JSON.stringify(wireRequest(...SPANS.map(asWire)))}\n`)
  writeFileSync(join(directory, 'misspelled.yaml'), 'profile: stritc\nrequire:\n  efect: [decision]\n')
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function transcriptOf(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await onbehalf(args, directory, undefined, { NO_COLOR: '1' })
  const said = stderr === '' ? '' : `[standard error]\n${stderr}`
  return `$ onbehalf ${args.join(' ')}\n${stdout}${said}[exit code ${code}]\n`
}

// `npx vitest run test/cli/transcripts -u` writes them; read what changed.
describe('the transcript of', () => {
  it.each(Object.entries(TRANSCRIPTS))('%s is what is printed, byte for byte', async (name, commands) => {
    const parts = await Promise.all(commands.map(transcriptOf))
    const file = fileURLToPath(new URL(`transcripts/${name}.txt`, import.meta.url))
    await expect(parts.join('\n')).toMatchFileSnapshot(file)
  })
})
