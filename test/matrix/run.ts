import { spawn } from 'node:child_process'

export interface Ended {
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end; rejects with all that it printed where it does not end well. */
export function run(program: string, args: readonly string[], { cwd, env = {} }: RunOptions = {}): Promise<Ended> {
  const child = spawn(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ stdout, stderr })
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code ?? signal}\n${stdout}\n${stderr}`))
    })
  })
}

/** The settings of whoever runs the matrix must not steer the apps. */
function environment(): NodeJS.ProcessEnv {
  const isTheirs = (name: string) => /^(?:OTEL_|ONBEHALF_|NODE_OPTIONS$|VITEST|npm_config_|INIT_CWD)/u.test(name)
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isTheirs(name)))
}
