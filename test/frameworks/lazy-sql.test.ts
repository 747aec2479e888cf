import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentAttribution } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import type { Seen } from '../live/seen.ts'
import { bound, READERS, strayActs, USERS, way } from './lazily.ts'
import type { Way } from './lazily.ts'
import { startPostgres } from './postgres.ts'
import type { Postgres } from './postgres.ts'

/** Builders of queries and cursors over one real PostgreSQL: made inside a binding, and asked for outside of it. */

const load = createRequire(import.meta.url)

let sdk: LiveSdk
let databases: ReadonlyMap<string, Postgres>

beforeAll(async () => {
  // With the values of queries on the spans, which tell for whom each one was.
  sdk = startLiveSdk({}, [new PgInstrumentation({ enhancedDatabaseReporting: true }) as never])
  load('pg')
  // One for each user: what waits for a connection that somebody else has is another matter.
  databases = new Map(
    await Promise.all(
      USERS.map(async (user) => {
        const postgres = await startPostgres('CREATE TABLE orders (id serial PRIMARY KEY, item text)')
        return [user, postgres] as const
      }),
    ),
  )
})

afterAll(async () => {
  for (const postgres of databases.values()) await postgres.close()
  await sdk.stop()
})

type At = Pick<Postgres, 'host' | 'port' | 'user' | 'database'>

interface Library {
  /** What there is to do for a user, whose name is what is written. */
  readonly ways: Readonly<Record<string, Way>>
  close(): Promise<unknown>
}

function pool(at: At) {
  const { Pool } = load('pg') as typeof import('pg')
  return new Pool({ ...at, max: 1 })
}

function urlOf({ user, host, port, database }: At): string {
  return `postgres://${user}@${host}:${port}/${database}`
}

function openKnex(at: At): Library {
  const { default: makeKnex } = load('knex') as typeof import('knex')
  const knex = makeKnex({ client: 'pg', connection: urlOf(at), pool: { min: 0, max: 1 } })
  const insert = (item: string) => knex('orders').insert({ item }).returning('id')
  const called = (query: ReturnType<typeof insert>) =>
    new Promise((resolve) => void query.asCallback((_: unknown, rows: unknown) => resolve(rows)))
  return {
    close: () => knex.destroy(),
    ways: {
      awaited: way(insert, (query) => query),
      'chained on': way(insert, (query) => query.onConflict('id').ignore()),
      caught: way(insert, (query) => query.catch(() => undefined)),
      'given a callback': way(insert, called),
      raw: way(
        (item) => knex.raw('INSERT INTO orders (item) VALUES (?)', [item]),
        (query) => query,
      ),
      'two at once': way(
        (item) => [insert(item), insert(item)],
        (queries) => Promise.all(queries),
      ),
      'brought by a promise': way(
        async (item) => insert(item),
        (rows) => rows,
      ),
    },
  }
}

async function openDrizzle(at: At): Promise<Library> {
  const { drizzle } = await import('drizzle-orm/node-postgres')
  const { pgTable, serial, text } = await import('drizzle-orm/pg-core')
  const client = pool(at)
  const orders = pgTable('orders', { id: serial('id').primaryKey(), item: text('item') })
  const db = drizzle(client)
  const insert = (item: string) => db.insert(orders).values({ item }).returning()
  return {
    close: () => client.end(),
    ways: {
      awaited: way(insert, (query) => query),
      executed: way(insert, (query) => query.execute()),
      'with an end': way(insert, (query) => query.finally(() => {})),
      prepared: way(
        (item) => insert(item).prepare(`insert-${randomUUID()}`),
        (query) => query.execute(),
      ),
    },
  }
}

async function openKysely(at: At): Promise<Library> {
  const { Kysely, PostgresDialect } = await import('kysely')
  const db = new Kysely<{ orders: { item: string } }>({ dialect: new PostgresDialect({ pool: pool(at) }) })
  const insert = (item: string) => db.insertInto('orders').values({ item }).returningAll()
  return {
    close: () => db.destroy(),
    ways: {
      'executed inside': way(
        (item) => insert(item).execute(),
        (rows) => rows,
      ),
      executed: way(insert, (query) => query.execute()),
      'asked for the first row': way(insert, (query) => query.executeTakeFirstOrThrow()),
    },
  }
}

async function openPrisma(at: At): Promise<Library> {
  const { PrismaPg } = load('@prisma/adapter-pg') as typeof import('@prisma/adapter-pg')
  const { host, port, user, database } = at
  const prisma = new PrismaClient({ adapter: new PrismaPg({ host, port, user, database, max: 1 }) })
  const create = (item: string) => prisma.order.create({ data: { item } })
  return {
    close: () => prisma.$disconnect(),
    ways: {
      awaited: way(create, (query) => query),
      'with an end': way(create, (query) => query.finally(() => {})),
      'one that leads on to relations': way(
        (item) => prisma.order.findFirst({ where: { item } }),
        (query) => query,
      ),
      many: way(
        (item) => prisma.order.findMany({ where: { item } }),
        (query) => query,
      ),
      raw: way(
        (item) => prisma.$queryRaw`SELECT * FROM orders WHERE item = ${item}`,
        (query) => query,
      ),
      'in a transaction': way(create, (query) => prisma.$transaction([query])),
    },
  }
}

async function openSequelize(at: At): Promise<Library> {
  const { DataTypes, Sequelize } = load('sequelize') as typeof import('sequelize')
  const sequelize = new Sequelize(urlOf(at), { logging: false, pool: { max: 1 } })
  const Order = sequelize.define('Order', { item: DataTypes.TEXT }, { tableName: 'orders', timestamps: false })
  return {
    close: () => sequelize.close(),
    ways: {
      awaited: way(
        (item) => Order.create({ item }),
        (row) => row,
      ),
      found: way(
        (item) => Order.findAll({ where: { item } }),
        (rows) => rows,
      ),
    },
  }
}

const SCHEMA = `
generator client {
  provider   = "prisma-client-js"
  output     = "./client"
  engineType = "client"
}

datasource db {
  provider = "postgresql"
}

model Order {
  id   Int    @id @default(autoincrement())
  item String

  @@map("orders")
}
`

interface Prisma {
  readonly order: {
    create(args: { data: { item: string } }): PromiseLike<unknown> & { finally(told: () => void): Promise<unknown> }
    findFirst(args: { where: { item: string } }): PromiseLike<unknown>
    findMany(args: { where: { item: string } }): PromiseLike<unknown>
  }
  $transaction(work: readonly PromiseLike<unknown>[]): Promise<unknown>
  $queryRaw(text: TemplateStringsArray, ...values: readonly unknown[]): PromiseLike<unknown>
  $disconnect(): Promise<void>
}

let PrismaClient: new (options: object) => Prisma
let folder: string

/** The client is generated for a schema; it compiles queries in WebAssembly, and no engine has to be fetched. */
beforeAll(() => {
  folder = mkdtempSync(fileURLToPath(new URL('node_modules/.prisma-test-', import.meta.url)))
  writeFileSync(join(folder, 'schema.prisma'), SCHEMA)
  const cli = fileURLToPath(new URL('node_modules/prisma/build/index.js', import.meta.url))
  execFileSync(process.execPath, [cli, 'generate', '--schema', 'schema.prisma'], {
    cwd: folder,
    stdio: 'pipe',
    // An engine is fetched for migrations, which are not made here, unless there is one.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  })
  ;({ PrismaClient } = load(join(folder, 'client')) as { PrismaClient: typeof PrismaClient })
})

afterAll(() => rmSync(folder, { recursive: true }))

const isQuery = ({ name }: Seen) => name.startsWith('pg.query')

describe.each<readonly [string, (at: At) => Promise<Library> | Library]>([
  ['knex', openKnex],
  ['Drizzle', openDrizzle],
  ['Kysely', openKysely],
  ['Prisma', openPrisma],
  ['Sequelize', openSequelize],
])('a query of %s is its own user’s', (_, open) => {
  it.each(READERS)('asked for %s', async (__, where) => {
    const opened = await Promise.all(
      [...databases].map(async ([user, { close: ___, ...at }]) => [user, await open(at)] as const),
    )
    const libraries = new Map(opened)
    const waysOf = (user: string) => (libraries.get(user) as Library).ways
    try {
      for (const how of Object.keys(waysOf(USERS[0]))) {
        const wayOf = (user: string) => waysOf(user)[how] as Way
        expect(await strayActs({ sdk, how, wayOf, where, isAct: isQuery })).toEqual([])
      }
    } finally {
      await Promise.all([...libraries.values()].map((library) => library.close()))
    }
  })
})

describe('a cursor of node-postgres, of which the instrumentation makes no span,', () => {
  it('is the very object, and is read as it was', async () => {
    const [[user, { close: _, ...at }]] = [...databases] as [[string, Postgres]]
    const { default: Cursor } = (await import('pg-cursor' as string)) as { default: new (text: string) => PgCursor }
    const { default: QueryStream } = await import('pg-query-stream')
    const clients = pool(at)
    const client = await clients.connect()
    const cursor = new Cursor('SELECT generate_series(1, 3) AS n')
    expect(bound(user, () => client.query(cursor as never)) === (cursor as unknown)).toBe(true)
    expect(await cursor.read(2)).toEqual([{ n: 1 }, { n: 2 }])
    const seen = await new Promise((resolve) => {
      bound('reader', () => cursor.read(2, () => resolve(currentAttribution()?.principal?.id)))
    })
    expect(seen).toBe('reader')
    await cursor.close()
    const stream = new QueryStream('SELECT generate_series(1, 3) AS n')
    expect(bound(user, () => client.query(stream)) === stream).toBe(true)
    expect(await stream.toArray()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    client.release()
    await clients.end()
  })
})

interface PgCursor {
  read(rows: number, done?: () => void): Promise<unknown>
  close(): Promise<void>
}
