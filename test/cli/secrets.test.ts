import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fingerprint } from '../../src/base/secret.ts'
import { wireAttributes, wireRequest, wireSpan } from './otlp.ts'
import { onbehalf } from './program.ts'

const secretOf = (digit: number) => `ghp_${String(digit).repeat(6)}abcdefghijKLMNOPQRSTuvwxyz0123`
const [KEY, USER, NAME, TOOL, CONVERSATION, RESOURCE, INTENT, GRANT] = Array.from({ length: 8 }, (_, at) =>
  secretOf(at + 1),
) as [string, string, string, string, string, string, string, string]
const SECRETS = [KEY, USER, NAME, TOOL, CONVERSATION, RESOURCE, INTENT, GRANT]
const PASSWORD = 'hunter2'

const TRACE = '1'.repeat(32)

const AGENT = {
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.agent.name': 'assistant',
  'gen_ai.conversation.id': CONVERSATION,
  'user.id': USER,
  'attribution.intent.summary': `log in with ${INTENT}`,
  'attribution.authority.id': GRANT,
}
const ACT = {
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': TOOL,
  'attribution.context.id': 'crm',
  'attribution.context.target': `https://kai:${PASSWORD}@crm.contoso.com/doc?sig=${PASSWORD}`,
  'attribution.context.credential.id': KEY,
  'attribution.context.credential.type': 'shared',
  'attribution.resource.id': RESOURCE,
}

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-secrets-'))
  const spans = [
    wireSpan('1', { name: `run ${NAME}`, attributes: wireAttributes(AGENT) }),
    wireSpan('1', { spanId: 'b'.repeat(16), parentSpanId: 'a'.repeat(16), attributes: wireAttributes(ACT) }),
  ]
  writeFileSync(join(directory, 'traces.jsonl'), JSON.stringify(wireRequest(...spans)))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const COMMANDS: readonly (readonly string[])[] = [
  ...['text', 'json', 'ndjson', 'sarif', 'markdown'].map((format) => ['audit', 'traces.jsonl', '--format', format]),
  ...['text', 'json'].map((format) => ['explain', TRACE, '--file', 'traces.jsonl', '--format', format]),
  ['explain', TRACE, '--file', 'traces.jsonl', '--evidence'],
  ['explain', '--principal', 'nobody', '--file', 'traces.jsonl'],
  ['audit', 'traces.jsonl', '--write-baseline', 'known.json'],
]

describe('a recorded secret', () => {
  it.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    'is not shown by %s',
    async (_, command) => {
      const { stdout, stderr } = await onbehalf(command, directory)
      for (const secret of [...SECRETS, PASSWORD]) expect(stdout + stderr).not.toContain(secret)
      expect(stderr).toContain(
        `traces.jsonl: span ${'b'.repeat(16)} of trace ${TRACE}: attribution.context.credential.id holds what looks like a secret`,
      )
    },
  )

  it('is not in a baseline', () => {
    const known = readFileSync(join(directory, 'known.json'), 'utf8')
    for (const secret of [...SECRETS, PASSWORD]) expect(known).not.toContain(secret)
  })

  it('is shown as its fingerprint, is told with its place, and is no reason to fail', async () => {
    const { code, stdout, stderr } = await onbehalf(['audit', 'traces.jsonl', '--format', 'ndjson'], directory)
    const [agent, tool] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(code).toBe(0)
    expect(agent).toMatchObject({
      name: `run ${fingerprint(NAME)}`,
      principal: fingerprint(USER),
      intent: `log in with ${fingerprint(INTENT)}`,
      conversation: fingerprint(CONVERSATION),
    })
    expect(tool).toMatchObject({ tool: fingerprint(TOOL), principal: fingerprint(USER) })
    expect(stderr.trim().split('\n')).toHaveLength(8)
  })

  it('finds its work by itself and by its fingerprint', async () => {
    for (const id of [RESOURCE, fingerprint(RESOURCE)]) {
      const found = await onbehalf(
        ['explain', '--resource', id, '--file', 'traces.jsonl', '--format', 'json'],
        directory,
      )
      expect(found.code).toBe(0)
      expect(found.stdout).toContain(TRACE)
    }
  })

  it('is told no more than twenty times', async () => {
    const spans = Array.from({ length: 30 }, (_, at) =>
      wireSpan('1', { spanId: at.toString(16).padStart(16, 'c'), attributes: wireAttributes({ 'user.id': KEY }) }),
    )
    const { stderr } = await onbehalf(['audit', '-'], undefined, JSON.stringify(wireRequest(...spans)))
    const lines = stderr.trim().split('\n')
    expect(lines).toHaveLength(21)
    expect(lines.at(-1)).toBe('10 more attributes hold what looks like a secret.')
  })
})
