import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import * as BSON from 'bson'

export interface MongoServer {
  readonly url: string
  close(): Promise<void>
}

type Document = Readonly<Record<string, unknown>>

const OP_QUERY = 2004
const OP_REPLY = 1
const OP_MSG = 2013
const HEADER = 16

/**
 * In place of MongoDB, whose wire protocol it speaks: it takes whatever is written, and has two documents in every
 * collection, of which it gives one at a time.
 */
export async function startMongo(): Promise<MongoServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy()))
    let waiting = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk])
      while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
        const size = waiting.readInt32LE(0)
        socket.write(answerTo(waiting.subarray(0, size)))
        waiting = waiting.subarray(size)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/shop?directConnection=true`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function answerTo(message: Buffer): Buffer {
  const requestId = message.readInt32LE(4)
  const operation = message.readInt32LE(12)
  if (operation === OP_QUERY) return reply(requestId, hello())
  if (operation !== OP_MSG) throw new Error(`the stand-in of MongoDB knows no operation ${operation}`)
  // After the flags and the kind of the first section, which is the command.
  const size = message.readInt32LE(HEADER + 5)
  const command = BSON.deserialize(message.subarray(HEADER + 5, HEADER + 5 + size))
  return wrapped(requestId, OP_MSG, [Buffer.alloc(5), BSON.serialize(answer(command))])
}

function answer(command: Document): Document {
  const [name] = Object.keys(command) as [string]
  const collection = String(command['collection'] ?? command[name])
  const ns = `${String(command['$db'])}.${collection}`
  const item = (id: number) => ({ _id: id, item: collection })
  if (name === 'hello' || name === 'ismaster' || name === 'isMaster') return hello()
  if (name === 'find' || name === 'aggregate')
    return { ok: 1, cursor: { id: BSON.Long.fromNumber(1), ns, firstBatch: [item(1)] } }
  if (name === 'getMore') return { ok: 1, cursor: { id: BSON.Long.fromNumber(0), ns, nextBatch: [item(2)] } }
  return { ok: 1, n: 1, nModified: 1 }
}

function hello(): Document {
  return {
    ok: 1,
    helloOk: true,
    isWritablePrimary: true,
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
  }
}

function reply(responseTo: number, document: Document): Buffer {
  const flags = Buffer.alloc(20)
  flags.writeInt32LE(1, 16)
  return wrapped(responseTo, OP_REPLY, [flags, BSON.serialize(document)])
}

let lastId = 0

function wrapped(responseTo: number, operation: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const header = Buffer.alloc(HEADER)
  header.writeInt32LE(HEADER + body.length, 0)
  header.writeInt32LE(++lastId, 4)
  header.writeInt32LE(responseTo, 8)
  header.writeInt32LE(operation, 12)
  return Buffer.concat([header, body])
}
