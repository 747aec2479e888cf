// What one core of this machine carries, stage by stage, with the configuration that users get:
//   npm run bench:collector [-- --rounds 3]
// Takes the Collector from ONBEHALF_OTELCOL, else the one that npm run test:backends has built, and the spans from
// ONBEHALF_DATA, else ../shared/data.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BODY_SPANS = 256
const ROUND_SPANS = 8_192
const TICKS_PER_SECOND = 100
const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1] || 3) || 3

const drop = { error_mode: 'ignore', trace_conditions: ['span.name != nil'] }
const silent = { receivers: ['forward/judged'], processors: ['filter/drop'], exporters: ['debug'] }
const base = { processors: { 'filter/drop': drop }, exporters: { debug: { verbosity: 'basic' } } }
const outside = (...processors) => ({
  'traces/outside': {
    receivers: ['otlp'],
    processors: ['memory_limiter', ...processors],
    exporters: ['forward/judged'],
  },
})
const JUDGE = ['transform/strip', 'transform/recognize', 'transform/judge']
const STAGES = {
  'OTLP/HTTP JSON in, nothing else': {
    ...outside('filter/drop'),
    'traces/count': { ...silent, exporters: ['signal_to_metrics'] },
    'traces/violations': silent,
    'traces/jaeger': silent,
  },
  '+ strip, recognize and judge': {
    ...outside(...JUDGE, 'filter/drop'),
    'traces/count': { ...silent, exporters: ['signal_to_metrics'] },
    'traces/violations': silent,
    'traces/jaeger': silent,
  },
  '+ count, and the file of violations': { ...outside(...JUDGE), 'traces/jaeger': silent },
  '+ tail sampling: everything': {
    ...outside(...JUDGE),
    'traces/jaeger': {
      receivers: ['forward/judged'],
      processors: ['tail_sampling', 'transform/jaeger', 'transform/clean'],
      exporters: ['debug'],
    },
  },
}

const bodies = readBodies()
const bytes = bodies.reduce((sum, body) => sum + body.length, 0) / ROUND_SPANS
console.log(
  `${cpus()[0]?.model.trim()}, GOMAXPROCS=1, ${ROUND_SPANS} spans a round of ${bytes.toFixed(0)} bytes JSON, median of ${rounds} rounds`,
)
console.log('')
console.log('| stage | CPU us/span | spans/s per core | MB resident |')
console.log('| --- | ---: | ---: | ---: |')
for (const [stage, pipelines] of Object.entries(STAGES)) {
  const { micros, megabytes } = await measure(pipelines)
  console.log(
    `| ${stage} | ${micros.toFixed(0)} | ${Math.round(1e6 / micros).toLocaleString('en')} | ${megabytes.toFixed(0)} |`,
  )
}

async function measure(pipelines) {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-bench-'))
  const [grpc, http, inside, prometheus, health, metrics] = await freePorts(6)
  const overlay = join(folder, 'overlay.yaml')
  const log = join(folder, 'log')
  writeFileSync(overlay, JSON.stringify({ ...base, service: { pipelines } }))
  const child = spawn(otelcol(), ['--config', join(ROOT, 'collector-config/otelcol.yaml'), '--config', overlay], {
    stdio: ['ignore', 'ignore', openSync(log, 'a')],
    env: {
      GOMAXPROCS: '1',
      ONBEHALF_INSIDE_TOKEN: 'bench',
      QUEUE_DIR: join(folder, 'queue'),
      VIOLATIONS_FILE: join(folder, 'violations.jsonl'),
      OTELCOL_GRPC_PORT: grpc,
      OTELCOL_HTTP_PORT: http,
      OTELCOL_INSIDE_PORT: inside,
      OTELCOL_PROMETHEUS_PORT: prometheus,
      OTELCOL_HEALTH_PORT: health,
      OTELCOL_METRICS_PORT: metrics,
      DECISION_WAIT: '1s',
    },
  })
  const ended = new Promise((done) => child.once('exit', done))
  try {
    await healthy(`http://127.0.0.1:${health}/`, log)
    await round(http, 0)
    const taken = []
    for (let number = 1; number <= rounds; number++) {
      const before = ticks(child.pid)
      await round(http, number)
      // What was acknowledged is counted, decided and written a little later.
      await wait(3_000)
      taken.push(((ticks(child.pid) - before) / TICKS_PER_SECOND) * (1e6 / ROUND_SPANS))
    }
    return { micros: taken.toSorted((a, b) => a - b)[Math.floor(rounds / 2)], megabytes: resident(child.pid) }
  } finally {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every round has traces of its own. */
async function round(port, number) {
  const mark = number.toString(16).padStart(4, '0')
  const marked = bodies.map((body) => body.replaceAll(/"traceId":"[0-9a-f]{4}/gu, `"traceId":"${mark}`))
  for (const body of marked) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, { method: 'POST', headers, body })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`the Collector answered ${response.status}`)
  }
}

function ticks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function resident(pid) {
  return Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024
}

function readBodies() {
  const data = process.env.ONBEHALF_DATA ?? join(ROOT, '../shared/data')
  if (!existsSync(data)) throw new Error(`no recorded spans in ${data}: set ONBEHALF_DATA`)
  const groups = readdirSync(data)
    .filter((file) => file.endsWith('.otlp.jsonl'))
    .flatMap((file) => readFileSync(join(data, file), 'utf8').trim().split('\n'))
    .flatMap((line) => JSON.parse(line).resourceSpans)
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) =>
        spans.map((span) => ({ resource, scopeSpans: [{ scope, spans: [span] }] })),
      ),
    )
  const all = Array.from({ length: ROUND_SPANS }, (_, index) => groups[index % groups.length])
  return Array.from({ length: ROUND_SPANS / BODY_SPANS }, (_, index) =>
    JSON.stringify({ resourceSpans: all.slice(index * BODY_SPANS, (index + 1) * BODY_SPANS) }),
  )
}

function otelcol() {
  if (process.env.ONBEHALF_OTELCOL !== undefined) return process.env.ONBEHALF_OTELCOL
  const cache =
    process.env.ONBEHALF_BACKENDS_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'onbehalf/backends')
  const built = existsSync(cache) ? readdirSync(cache).find((name) => /^otelcol-[0-9a-f]+$/u.test(name)) : undefined
  if (built === undefined) throw new Error('no Collector here: run npm run test:backends once, or set ONBEHALF_OTELCOL')
  return join(cache, built, 'otelcol')
}

async function healthy(url, log) {
  for (let tries = 0; tries < 200; tries++) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    await wait(100)
  }
  throw new Error(`the Collector did not start:\n${readFileSync(log, 'utf8').slice(-2_000)}`)
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map((server) => new Promise((ready) => server.listen(0, '127.0.0.1', ready))))
  const ports = servers.map((server) => String(server.address().port))
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}
