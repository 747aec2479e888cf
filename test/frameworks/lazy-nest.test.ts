import 'reflect-metadata'
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { Controller, Get, Module, Req, Sse, UseInterceptors } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { concatMap, defer, from, map, of, tap, timer } from 'rxjs'
import type { Observable } from 'rxjs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { currentAttribution } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import { meeting } from '../live/meeting.ts'
import { bound, USERS } from './lazily.ts'

/** A real NestJS app whose interceptor binds the user around `next.handle()`, which runs when Nest subscribes to it. */

let sdk: LiveSdk
let app: NestExpressApplication
let shop: Loopback
let url: string
let meet: () => Promise<void>
/** Who was bound where code outside the binding ran. */
let outside: unknown[]

interface Asking {
  readonly headers: Readonly<Record<string, string | undefined>>
}

const userOf = ({ headers }: Asking) => headers['x-user'] as string

class BindUser implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return bound(userOf(context.switchToHttp().getRequest()), () => next.handle())
  }
}

/** Stands around the one that binds: what it does is not the agent's. */
class Note implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const note = () => void outside.push(currentAttribution())
    return next.handle().pipe(
      tap({ next: note, complete: note }),
      concatMap(async (answer) => {
        note()
        await fetch(`${shop.url}notes`)
        return answer
      }),
    )
  }
}

async function order(user: string): Promise<{ ordered: string }> {
  await meet()
  await fetch(`${shop.url}orders/${user}`, { method: 'POST' })
  return { ordered: user }
}

class Orders {
  whole(asking: Asking): Promise<unknown> {
    return order(userOf(asking))
  }
  observable(asking: Asking): Observable<unknown> {
    return defer(() => from(order(userOf(asking))))
  }
  late(asking: Asking): Observable<unknown> {
    return timer(1).pipe(
      concatMap(() => order(userOf(asking))),
      map(({ ordered }) => ({ ordered })),
    )
  }
  events(asking: Asking): Observable<unknown> {
    return of(1, 2).pipe(
      concatMap(() => order(userOf(asking))),
      map((data) => ({ data })),
    )
  }
}

/** What decorators do, which the tests' compiler does not know. */
function decorate(target: { readonly prototype: object }, method: string, decorator: MethodDecorator): void {
  Req()(target.prototype, method, 0)
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, method) as PropertyDescriptor
  decorator(target.prototype, method, descriptor)
}

function shopModule(): new () => object {
  for (const method of ['whole', 'observable', 'late']) decorate(Orders, method, Get(method))
  decorate(Orders, 'events', Sse('events'))
  UseInterceptors(Note, BindUser)(Orders)
  Controller()(Orders)
  // oxlint-disable-next-line typescript/no-extraneous-class -- What makes it a module is put on it.
  class Shop {}
  Module({ controllers: [Orders] })(Shop)
  return Shop
}

beforeAll(async () => {
  sdk = startLiveSdk()
  shop = await loopback()
  app = await NestFactory.create<NestExpressApplication>(shopModule(), { logger: false })
  await app.listen(0, '127.0.0.1')
  url = await app.getUrl()
})

beforeEach(() => {
  meet = meeting(USERS.length)
  outside = []
  sdk.clear()
})

afterAll(async () => {
  await app.close()
  await shop.close()
  await sdk.stop()
})

describe('a NestJS interceptor that binds the user around the handler', () => {
  it.each(['whole', 'observable', 'late', 'events'])('has what the handler does be its user’s: %s', async (how) => {
    const answers = await Promise.all(
      USERS.map(async (user) => (await fetch(`${url}/${how}`, { headers: { 'x-user': user } })).text()),
    )
    for (const [index, user] of USERS.entries()) expect(answers[index]).toContain(user)
    const acts = (await sdk.judged()).filter(({ span }) => String(span.attributes['url.path']).startsWith('/orders/'))
    const said = acts.map(({ span, kind, principal, actor, context, verdict, findings }) => ({
      kind,
      actor,
      context,
      verdict,
      findings,
      isTheirs: span.attributes['url.path'] === `/orders/${principal}`,
    }))
    expect(new Set(acts.map(({ principal }) => principal))).toEqual(new Set(USERS))
    for (const one of said) {
      expect(one).toEqual({
        kind: 'effect',
        actor: 'buyer',
        context: 'shop',
        verdict: 'separated',
        findings: [],
        isTheirs: true,
      })
    }
  })

  it('has what the interceptor around it does be nobody’s', async () => {
    await Promise.all(USERS.map((user) => fetch(`${url}/observable`, { headers: { 'x-user': user } })))
    expect(outside.length).toBe(USERS.length * 3)
    expect(new Set(outside)).toEqual(new Set([undefined]))
    const isNote = ({ attributes }: { readonly attributes: object }) =>
      'url.path' in attributes && attributes['url.path'] === '/notes'
    expect(sdk.all().some(isNote)).toBe(true)
    expect((await sdk.judged()).filter(({ span }) => isNote(span))).toEqual([])
  })
})
