import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

export interface Postgres {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  close(): Promise<void>
}

/** A real PostgreSQL that speaks its protocol on the loopback interface. One connection at a time is served. */
export async function startPostgres(setup: string): Promise<Postgres> {
  const engine = await PGlite.create()
  await engine.exec(setup)
  const host = '127.0.0.1'
  const port = await freePort(host)
  const server = new PGLiteSocketServer({ db: engine, port, host })
  await server.start()
  return {
    host,
    port,
    user: 'shop',
    database: 'postgres',
    close: async () => {
      await server.stop()
      await engine.close()
    },
  }
}

function freePort(host: string): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject).listen(0, host, () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
