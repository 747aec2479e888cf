import http from 'node:http'
import { createRequire } from 'node:module'
import { createHash } from 'node:crypto'
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import express from 'express'
import { via } from '../../src/index.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import { startPostgres } from './postgres.ts'

/** What the tools of every framework do to the outside, each by the client library that an app would use. */
export interface Errands {
  /** By fetch, to an express app. */
  stock(): Promise<string>
  /** By node:http, to the same app, through a connector that is named. */
  order(): Promise<string>
  /** By `pg`, to a PostgreSQL; one connection serves everybody. */
  record(): Promise<string>
  /** By the SQS client of the AWS SDK, to a stand-in of the queue service. */
  notify(): Promise<string>
  close(): Promise<void>
}

const CONNECTOR = { id: 'order-connector', credential: { id: 'key-2', type: 'own' } } as const

export const ERRANDS = ['stock', 'order', 'record', 'notify'] as const

/** The instrumentations of the clients, for the SDK that is to see them. */
export function instrumentationsOfErrands() {
  return [new PgInstrumentation(), new AwsInstrumentation()]
}

/** Starts what the tools act on. To be called when the SDK runs: clients that are loaded earlier stay unseen. */
export async function startErrands(meet: () => Promise<void>): Promise<Errands> {
  const [api, queue, database] = await Promise.all([startApi(), startQueue(), startDatabase()])
  return {
    stock: async () => {
      await meet()
      return (await fetch(`${api.url}stock`)).text()
    },
    order: () => via(CONNECTOR, () => post(`${api.url}orders`)),
    record: database.record,
    notify: queue.notify,
    close: async () => {
      await Promise.all([api.close(), queue.close(), database.close()])
    },
  }
}

function startApi(): Promise<Loopback> {
  const app = express()
  app.get('/stock', (_, response) => void response.json({ chairs: 12 }))
  app.post('/orders', (_, response) => void response.json({ order: 1 }))
  return loopback(app)
}

function post(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST' }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve(text))
    })
    request.once('error', reject).end()
  })
}

const load = createRequire(import.meta.url)

async function startDatabase() {
  const { Pool } = load('pg') as typeof import('pg')
  const { close, ...at } = await startPostgres('CREATE TABLE orders (id serial PRIMARY KEY, item text)')
  const pool = new Pool({ ...at, max: 1 })
  return {
    record: async () => {
      const { rows } = await pool.query<{ id: number }>("INSERT INTO orders (item) VALUES ('chair') RETURNING id")
      return String(rows[0]?.id)
    },
    close: async () => {
      await pool.end()
      await close()
    },
  }
}

async function startQueue() {
  const { SQSClient, SendMessageCommand } = load('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs')
  const service = await loopback((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      const { MessageBody } = JSON.parse(body) as { readonly MessageBody: string }
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex')
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify({ MessageId: 'message-1', MD5OfMessageBody }))
    })
  })
  const client = new SQSClient({
    region: 'eu-central-1',
    endpoint: service.url,
    credentials: { accessKeyId: 'stand-in', secretAccessKey: 'stand-in' },
  })
  return {
    notify: async () => {
      const QueueUrl = `${service.url}123456789012/orders`
      const { MessageId } = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one chair' }))
      return String(MessageId)
    },
    close: async () => {
      client.destroy()
      await service.close()
    },
  }
}
