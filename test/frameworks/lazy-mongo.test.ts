import { createRequire } from 'node:module'
import { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentAttribution } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import type { Seen } from '../live/seen.ts'
import { bound, READERS, strayActs, way } from './lazily.ts'
import type { Way } from './lazily.ts'
import { startMongo } from './mongo-server.ts'
import type { MongoServer } from './mongo-server.ts'

/** Queries of Mongoose and cursors of MongoDB's driver, over a server that speaks its protocol. */

const load = createRequire(import.meta.url)

let sdk: LiveSdk
let server: MongoServer

beforeAll(async () => {
  sdk = startLiveSdk({}, [new MongoDBInstrumentation({ requireParentSpan: false }) as never])
  server = await startMongo()
})

afterAll(async () => {
  await server.close()
  await sdk.stop()
})

interface Library {
  readonly ways: Readonly<Record<string, Way>>
  close(): Promise<unknown>
}

async function all<T>(documents: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = []
  for await (const document of documents) got.push(document)
  return got
}

/** The driver that the application installed, and not the one that Mongoose brings. */
async function openDriver(): Promise<Library> {
  const { MongoClient } = load('mongodb') as typeof import('mongodb')
  const client = await MongoClient.connect(server.url)
  const find = (user: string) => client.db().collection(`orders of ${user}`).find({}, { batchSize: 1 })
  return {
    close: () => client.close(),
    ways: {
      iterated: way(find, (cursor) => all(cursor)),
      'read to an array': way(find, async (cursor) => {
        expect(await cursor.toArray()).toHaveLength(2)
      }),
      'read step by step': way(find, async (cursor) => {
        while (await cursor.hasNext()) await cursor.next()
        await cursor.close()
      }),
      visited: way(find, (cursor) => cursor.forEach(() => undefined)),
      streamed: way(find, (cursor) => all(cursor.stream())),
      mapped: way(find, (cursor) => all(cursor.map(({ _id }) => _id))),
      aggregated: way(
        (user) => client.db().collection(`orders of ${user}`).aggregate([]),
        (cursor) => all(cursor),
      ),
      written: way(
        (user) => client.db().collection(`orders of ${user}`).insertOne({ item: user }),
        (result) => result,
      ),
    },
  }
}

async function openMongoose(): Promise<Library> {
  const mongoose = load('mongoose') as typeof import('mongoose')
  const connection = await mongoose.createConnection(server.url, { autoIndex: false, autoCreate: false }).asPromise()
  const schema = new mongoose.Schema({ _id: Number, item: String })
  const modelOf = (user: string) =>
    connection.models[user] ?? connection.model(user, schema, `orders of ${user}`, { overwriteModels: true })
  const find = (user: string) => modelOf(user).find()
  return {
    close: () => connection.close(),
    ways: {
      awaited: way(find, (query) => query),
      executed: way(find, (query) => query.exec()),
      'chained on': way(find, (query) => query.lean().limit(5)),
      iterated: way(find, (query) => all(query)),
      'read by a cursor': way(find, (query) => all(query.cursor())),
      'a cursor': way(
        (user) => find(user).cursor(),
        (cursor) => all(cursor),
      ),
      updated: way(
        (user) => modelOf(user).updateOne({ _id: 1 }, { item: user }),
        (query) => query,
      ),
      aggregated: way(
        (user) => modelOf(user).aggregate([{ $match: {} }]),
        (query) => query,
      ),
      saved: way(
        (user) => new (modelOf(user))({ _id: 7, item: user }).save(),
        (document) => document,
      ),
    },
  }
}

const isCommand = ({ span }: Seen) => JSON.stringify(span.attributes).includes('"mongodb"')

describe.each<readonly [string, () => Promise<Library>]>([
  ['the driver', openDriver],
  ['Mongoose', openMongoose],
])('what %s does is each user’s own', (_, open) => {
  it.each(READERS)('asked for %s', async (__, where) => {
    const { ways, close } = await open()
    try {
      for (const [how, one] of Object.entries(ways)) {
        expect(await strayActs({ sdk, how, wayOf: () => one, where, isAct: isCommand })).toEqual([])
      }
    } finally {
      await close()
    }
  })
})

it('a cursor is the very object, and tells its reader of each document where they are', async () => {
  const { MongoClient } = load('mongodb') as typeof import('mongodb')
  const client = await MongoClient.connect(server.url)
  const cursor = client.db().collection('orders').find()
  expect(bound('kai@contoso.com', () => cursor) === cursor).toBe(true)
  const seen: unknown[] = []
  await bound('reader', async () => {
    await cursor.forEach(() => void seen.push(currentAttribution()?.principal?.id))
  })
  expect(seen).toEqual(['reader', 'reader'])
  await client.close()
})
