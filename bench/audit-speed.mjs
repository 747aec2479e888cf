import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MEGABYTES = Number(process.env.MEGABYTES ?? 2_000)
const MAIN = fileURLToPath(new URL('cli/main.js', import.meta.resolve('onbehalf')))

const hex = (value, digits) => value.toString(16).padStart(digits, '0')
const text = (key, value) => ({ key, value: { stringValue: value } })

const FILLER = 'What the model was asked and what it said, in full, as many instrumentations record it. '.repeat(4)

function span(trace, index, parent, name, kind, operation) {
  const start = 1_760_000_000_000_000_000n + BigInt(trace) * 1_000_000n + BigInt(index)
  return {
    traceId: hex(trace + 1, 32),
    spanId: hex(trace * 8 + index + 1, 16),
    ...(parent === undefined ? {} : { parentSpanId: hex(trace * 8 + parent + 1, 16) }),
    name,
    kind,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 1_000_000n),
    attributes: [
      ...(operation === undefined ? [] : [text('gen_ai.operation.name', operation)]),
      text('gen_ai.conversation.id', `c-${trace}`),
      text('gen_ai.input.messages', FILLER),
      text('gen_ai.output.messages', FILLER),
      text('server.address', 'mail.internal'),
      { key: 'gen_ai.usage.input_tokens', value: { intValue: String(trace % 900) } },
      ...(index === 0 ? [text('user.id', `user-${trace % 500}@contoso.com`)] : []),
    ],
    status: {},
  }
}

/** A trace a line: a request, an agent, two model calls, a tool and what it did. */
function line(trace) {
  const spans = [
    span(trace, 0, undefined, 'POST /chat', 2),
    span(trace, 1, 0, 'invoke_agent reports', 1, 'invoke_agent'),
    span(trace, 2, 1, 'chat gpt-4o', 3, 'chat'),
    span(trace, 3, 1, 'execute_tool sendMail', 1, 'execute_tool'),
    span(trace, 4, 3, 'POST', 3),
    span(trace, 5, 1, 'chat gpt-4o', 3, 'chat'),
  ]
  const resource = { attributes: [text('service.name', 'reports')] }
  return { resource, scopeSpans: [{ scope: { name: 'bench' }, spans }] }
}

/** As lines, one request each, or as one document without a newline. */
async function write(path, isOneDocument) {
  const out = createWriteStream(path)
  let bytes = 0
  if (isOneDocument) out.write('{"resourceSpans":[')
  for (let trace = 0; bytes < MEGABYTES * 1e6; trace++) {
    const one = JSON.stringify(line(trace))
    const chunk = isOneDocument ? `${trace === 0 ? '' : ','}${one}` : `{"resourceSpans":[${one}]}\n`
    bytes += chunk.length
    if (!out.write(chunk)) await once(out, 'drain')
  }
  if (isOneDocument) out.write(']}')
  out.end()
  await once(out, 'finish')
}

const TIME = ['-f', '%U %S %M %e']

/** CPU seconds, megabytes resident at the most, and wall seconds of a whole process. */
function timed(...args) {
  const { stderr, status } = spawnSync('/usr/bin/time', [...TIME, process.execPath, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0) throw new Error(stderr)
  const [user, system, kilobytes, wall] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return { cpu: user + system, residentMegabytes: kilobytes / 1_024, wall }
}

if (process.argv[2] === 'parse') {
  const { createInterface } = await import('node:readline')
  let spans = 0
  for await (const text of createInterface({ input: createReadStream(process.argv[3]) })) {
    spans += JSON.parse(text).resourceSpans.length
  }
  console.log(spans)
} else {
  const directory = mkdtempSync(join(tmpdir(), 'onbehalf-bench-'))
  try {
    const lines = join(directory, 'lines.otlp.jsonl')
    const document = join(directory, 'document.otlp.json')
    await write(lines, false)
    const parse = timed(fileURLToPath(import.meta.url), 'parse', lines)
    const audit = timed(MAIN, 'audit', '--format', 'json', lines)
    const megabytes = statSync(lines).size / 1e6
    rmSync(lines)
    await write(document, true)
    const whole = timed(MAIN, 'audit', '--format', 'json', document)
    console.log(JSON.stringify({ megabytes, parse, audit, document: whole, speed: parse.cpu / audit.cpu }))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
