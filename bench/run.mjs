import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { arch, cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

/** One scenario a process, so that none warms up or litters another. Its last line is its figures as JSON. */
function figuresOf(scenario) {
  process.stderr.write(`${scenario} ...\n`)
  const path = fileURLToPath(new URL(`${scenario}.mjs`, import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', path], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${scenario} failed: ${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

const micro = (nanoseconds) => (nanoseconds / 1_000).toFixed(2)
const withSpread = ({ median, spread: [lower, upper] }) => `${micro(median)} (${micro(lower)} to ${micro(upper)})`
const times = (a, b) => `${(a / b).toFixed(2)}x`

function spanCost() {
  const figures = figuresOf('span-cost')
  const rows = Object.entries(figures).map(([name, row]) => {
    const { stock, onbehalf, baggage, 'agent-365': agent365 } = row
    const cells = [stock, onbehalf, baggage, agent365].map(withSpread)
    const ratios = [stock, baggage, agent365].map(({ median }) => times(onbehalf.median, median))
    return `| ${[name, ...cells, ...ratios].join(' | ')} |`
  })
  return [
    '## Cost per span',
    '',
    'CPU microseconds a span; `stock` is the pipeline without any of them (start, end, the stock batch processor, an',
    'exporter that does nothing), the others are what each adds to it in the same round. Median (middle half).',
    '',
    '| span | stock | + onbehalf | + BaggageSpanProcessor | + Agent 365 | of stock | of Baggage | of Agent 365 |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ]
}

function carriers() {
  const rows = Object.entries(figuresOf('carriers')).map(
    ([name, { out, in: first, again }]) => `| ${[name, ...[out, first, again].map(withSpread)].join(' | ')} |`,
  )
  return [
    '## Cost per request that crosses',
    '',
    'CPU microseconds. An agent calls ten times for one request, each time in a `via` of its own; the other service reads',
    'what came with the first of them. The first row is all of it (client span, trace context), the others are what each',
    'adds. Median (middle half).',
    '',
    '| what crosses | an outgoing call | an incoming request | the same once more |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
  ]
}

function identityCost() {
  const figures = Object.entries(figuresOf('identity'))
  const [, same] = figures
  const rows = figures.map(([name, row]) => `| ${name} | ${withSpread(row)} | ${times(row.median, same[1].median)} |`)
  return [
    '## Cost of binding an identity',
    '',
    'CPU microseconds of one `onBehalfOf`. A token brings principal, actor and grant. Median (middle half).',
    '',
    '| who asked | cost | of the same facets by word |',
    '| --- | ---: | ---: |',
    ...rows,
  ]
}

function memory() {
  const { nanosecondsPerSpan, megabytesHeldWithEndlessTraces } = figuresOf('memory')
  const per = Object.entries(nanosecondsPerSpan).map(([spans, cost]) => `| ${spans} | ${micro(cost)} |`)
  const held = Object.entries(megabytesHeldWithEndlessTraces).map(([traces, mb]) => `| ${traces} | ${mb.toFixed(1)} |`)
  return [
    '## Flat over time',
    '',
    '| tool spans in a row | CPU microseconds a span, all told |',
    '| ---: | ---: |',
    ...per,
    '',
    '| traces whose root never ends | heap held, MB |',
    '| ---: | ---: |',
    ...held,
  ]
}

function startUp() {
  const rows = Object.entries(figuresOf('start-up')).map(
    ([name, { median, spread }]) =>
      `| ${name} | ${median.toFixed(0)} (${spread.map((ms) => ms.toFixed(0)).join(' to ')}) |`,
  )
  return ['## Start-up', '', '| process | CPU ms |', '| --- | ---: |', ...rows]
}

function audit() {
  const { megabytes, parse, audit: lines, document } = figuresOf('audit-speed')
  const row = (name, { cpu, residentMegabytes, wall }) =>
    `| ${name} | ${cpu.toFixed(1)} | ${times(parse.cpu, cpu)} | ${wall.toFixed(1)} | ${residentMegabytes.toFixed(0)} |`
  return [
    `## Audit of ${megabytes.toFixed(0)} MB`,
    '',
    '| what | CPU s | speed of bare JSON.parse | wall s | resident MB at most |',
    '| --- | ---: | ---: | ---: | ---: |',
    row('each line through JSON.parse, nothing else', parse),
    row('onbehalf audit, lines', lines),
    row('onbehalf audit, one document without a newline', document),
  ]
}

const machine = `Node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB.`
const SECTIONS = {
  'span-cost': spanCost,
  identity: identityCost,
  carriers,
  memory,
  'start-up': startUp,
  'audit-speed': audit,
}
const wanted = process.argv.slice(2)
const chosen = Object.entries(SECTIONS).filter(([name]) => wanted.length === 0 || wanted.includes(name))
const lines = ['# Results', '', `Written by \`npm run bench\`. ${machine} Compare ratios, not absolute figures.`]
for (const [, section] of chosen) lines.push('', ...section())
const text = `${lines.join('\n')}\n`
if (wanted.length === 0) writeFileSync(new URL('RESULTS.md', import.meta.url), text)
process.stdout.write(text)
