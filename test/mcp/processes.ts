import { fileURLToPath } from 'node:url'
import { run } from '../register/child.ts'
import type { Ended, Sink } from '../register/child.ts'

const app = (name: string) => fileURLToPath(new URL(`apps/${name}`, import.meta.url))

export interface Scene {
  readonly sdk: '1' | '2'
  readonly transport: 'stdio' | 'http'
  /** Flags of the client's program. */
  readonly client: readonly string[]
  /** Flags of the server's program. */
  readonly server: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Beside `env`, for one of the programs alone. */
  readonly clientEnv?: Readonly<Record<string, string>>
  readonly serverEnv?: Readonly<Record<string, string>>
}

/** Runs both programs to their end: the server over stdio is the client's child, and one over HTTP runs beside it. */
export async function play(scene: Scene): Promise<Ended> {
  const { sdk, transport, server } = scene
  if (transport === 'stdio') return runClient(scene, {})
  const env = { ...scene.env, ...scene.serverEnv }
  const beside = await startServer(['--sdk', sdk, '--transport', transport, ...server], env)
  try {
    return await runClient(scene, { URL: beside.url })
  } finally {
    await beside.stop()
  }
}

function runClient(scene: Scene, more: Record<string, string>): Promise<Ended> {
  const { sdk, transport, client, server, env, clientEnv = {}, serverEnv = {} } = scene
  const args = ['--sdk', sdk, '--transport', transport, ...client]
  const forServer = { SERVER_FLAGS: JSON.stringify(server), SERVER_ENV: JSON.stringify(serverEnv) }
  return run({
    app: app('client.mjs'),
    args,
    env: { ...env, ...clientEnv, ...more, ...forServer, OTEL_SERVICE_NAME: 'assistant' },
  })
}

async function startServer(args: readonly string[], env: Readonly<Record<string, string>>) {
  let kill: (signal: NodeJS.Signals) => void = () => {}
  let heard: (url: string) => void = () => {}
  const url = new Promise<string>((resolve) => (heard = resolve))
  const ended = run({
    app: app('server.mjs'),
    args,
    env: { ...env, OTEL_SERVICE_NAME: 'crm-server' },
    onOutput: (stdout, killIt) => {
      kill = killIt
      heard(stdout.trim())
    },
  })
  const failed = ended.then(({ stderr }) => new Error(`the server ended: ${stderr}`))
  const first = await Promise.race([url, failed])
  if (first instanceof Error) throw first
  return {
    url: first,
    stop: async () => {
      kill('SIGTERM')
      await ended
    },
  }
}

/** The settings under which both programs send their spans to one sink. */
export function settingsFor(sink: Sink, crm: string, more: Readonly<Record<string, string>> = {}) {
  return { ...sink.env, CRM: crm, ...more }
}
