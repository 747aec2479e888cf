import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** Whether a real Redis is installed; BullMQ runs its own scripts in it, so that nothing else will do. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0

export interface Redis {
  readonly port: number
  stop(): Promise<void>
}

/** A Redis of its own on a free port of the loopback interface, which keeps nothing on disk. */
export async function startRedis(): Promise<Redis> {
  const port = await freePort()
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => String(chunk).includes('Ready to accept connections') && resolve())
    child.once('error', reject)
    child.once('close', () => reject(new Error('redis-server ended before it was ready')))
  })
  return {
    port,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

function freePort(): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
