import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { ScenarioId } from './scenario.ts'
import { startTokenIssuer } from './token-issuer.ts'
import { writeTrustFiles } from './trust-files.ts'

/** How many characters of each process's stderr are kept. */
const MAX_COMPLAINT = 4_000

/** Runs one scenario as three real processes. Resolves when all have ended and flushed, rejects if one fails. */
export async function runScenario(scenario: ScenarioId, otlpEndpoint: string): Promise<void> {
  const key = randomBytes(16).toString('hex')
  if (scenario !== 'right') return await runProcesses(scenario, otlpEndpoint, key, SETTINGS[scenario] ?? NO_SETTINGS)
  const issuer = await startTokenIssuer(key)
  const files = writeTrustFiles(issuer)
  try {
    const assistant = { ...files.assistant, ONBEHALF_DEMO_ISSUER: issuer.url, ONBEHALF_BAGGAGE_HOSTS: '127.0.0.1' }
    await runProcesses(scenario, otlpEndpoint, key, {
      assistant,
      connector: { ...files.connector, ONBEHALF_BAGGAGE_HOSTS: 'none' },
    })
  } finally {
    issuer.close()
    files.remove()
  }
}

interface Settings {
  readonly assistant: Readonly<Record<string, string>>
  readonly connector: Readonly<Record<string, string>>
}

const NO_SETTINGS: Settings = { assistant: {}, connector: {} }

/** Where facets cross between the processes, and how. */
const SETTINGS: Partial<Record<ScenarioId, Settings>> = {
  asserted: { assistant: { ONBEHALF_BAGGAGE_HOSTS: '127.0.0.1' }, connector: { ONBEHALF_BAGGAGE_HOSTS: 'none' } },
}

async function runProcesses(
  scenario: ScenarioId,
  otlpEndpoint: string,
  key: string,
  settings: Settings,
): Promise<void> {
  const shared = {
    ONBEHALF_DEMO_SCENARIO: scenario,
    ONBEHALF_DEMO_KEY: key,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    ...(scenario === 'uncorrelated' ? { OTEL_PROPAGATORS: 'none' } : {}),
  }
  const mailApi = start('mail-api', shared)
  const connector = start('mail-connector', {
    ...shared,
    ONBEHALF_DEMO_MAIL_API: await urlOf(mailApi),
    ...settings.connector,
  })
  const assistant = start('assistant', {
    ...shared,
    ONBEHALF_DEMO_CONNECTOR: await urlOf(connector),
    ...settings.assistant,
  })
  try {
    await assistant.exit
  } finally {
    connector.child.kill('SIGTERM')
    mailApi.child.kill('SIGTERM')
    await Promise.all([connector.exit, mailApi.exit])
  }
}

interface Part {
  readonly name: string
  readonly child: ChildProcess
  readonly exit: Promise<void>
  readonly port: Promise<number>
}

function start(name: string, settings: Record<string, string>): Part {
  const child = fork(fileURLToPath(new URL(`${name}.js`, import.meta.url)), {
    execArgv: ['--import', new URL('../../register.js', import.meta.url).href],
    env: { ...environment(), ...settings, OTEL_SERVICE_NAME: name },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => (complaint = `${complaint}${String(chunk)}`.slice(-MAX_COMPLAINT)))
  const exit = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      code === 0 || signal === 'SIGTERM'
        ? resolve()
        : reject(new Error(`${name} ended with ${code ?? signal}:\n${complaint}`)),
    )
  })
  const port = new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port))
    exit.then(() => reject(new Error(`${name} ended early:\n${complaint}`)), reject)
  })
  // A process without a server has no port, and one that failed has already said so by its exit.
  port.catch(() => {})
  exit.catch(() => {})
  return { name, child, exit, port }
}

/** The user's settings for other telemetry must not affect the demo. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:OTEL|ONBEHALF)_/.test(name)))
}

async function urlOf(part: Part): Promise<string> {
  return `http://127.0.0.1:${await part.port}/`
}
