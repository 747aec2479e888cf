import { spawnSync } from 'node:child_process'
import { median, spread } from './figures.mjs'

const RUNS = Number(process.env.RUNS ?? 15)
const REGISTER = import.meta.resolve('onbehalf/register')
const STOCK = new URL('stock-register.mjs', import.meta.url).href

const VARIANTS = {
  'plain node': [],
  'NodeSDK with http and undici': ['--import', STOCK],
  'onbehalf/register': ['--import', REGISTER],
}

function cpu(flags) {
  const script = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000); process.exit(0)'
  const env = { ...process.env, OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
  const { stdout } = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
  })
  return Number(stdout.trim())
}

const costs = Object.fromEntries(Object.keys(VARIANTS).map((name) => [name, []]))
for (let run = 0; run < RUNS; run++) {
  for (const [name, flags] of Object.entries(VARIANTS)) costs[name].push(cpu(flags))
}
console.log(
  JSON.stringify(
    Object.fromEntries(
      Object.entries(costs).map(([name, figures]) => [name, { median: median(figures), spread: spread(figures) }]),
    ),
  ),
)
