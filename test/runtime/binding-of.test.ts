import { createContext, runInContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, bindingOf, onBehalfOf } from '../../src/index.ts'
import { silence, tracing } from './provider.ts'

const CALL = { principal: 'kai@contoso.com', actor: 'assistant', action: 'refund', arguments: { amount: 40 } }

beforeEach(() => void tracing())
afterEach(silence)

function bindingOfArguments(value: unknown): string {
  return bindingOf({ ...CALL, arguments: value })
}

describe('bindingOf', () => {
  it('is the same for the same call, in whatever order its keys stand', () => {
    const one = bindingOfArguments({ a: 1, b: { c: [1, 'x', null, true], d: 2.5 } })
    expect(bindingOfArguments({ b: { d: 2.5, c: [1, 'x', null, true] }, a: 1 })).toBe(one)
    expect(one).toMatch(/^sha-256:[\w-]{43}$/u)
  })
  it('takes who is in force', () => {
    const { principal, actor, ...rest } = CALL
    const inForce = onBehalfOf({ principal: { id: principal, type: 'human' } }, () =>
      asAgent({ id: actor, name: 'The assistant', version: '3' }, () => bindingOf(rest)),
    )
    expect(inForce).toBe(bindingOf(CALL))
    expect(bindingOf(rest)).not.toBe(inForce)
  })
  it('takes an actor without an id by its name, and tells issuers apart', () => {
    expect(bindingOf({ ...CALL, actor: { name: 'assistant' } })).toBe(bindingOf(CALL))
    const at = (issuer: string) => bindingOf({ ...CALL, principal: { id: 'kai@contoso.com', issuer } })
    expect(new Set([bindingOf(CALL), at('https://a'), at('https://b')]).size).toBe(3)
  })
  it.each<[string, unknown, string]>([
    ['undefined inside', { cc: undefined }, 'arguments.cc is undefined'],
    ['a hole', Object.assign([1], { length: 2 }), 'arguments[1] is undefined'],
    ['a function', { next: () => {} }, 'arguments.next is a function'],
    ['a symbol', { a: Symbol('s') }, 'arguments.a is a symbol'],
    ['a key that is a symbol', { [Symbol('s')]: 1 }, 'arguments has a key that is a symbol'],
    ['a BigInt', { amount: 40n }, 'arguments.amount is a BigInt'],
    ['NaN', [Number.NaN], 'arguments[0] is NaN'],
    ['Infinity', { a: -Infinity }, 'arguments.a is -Infinity'],
    ['a Date', { on: new Date() }, 'arguments.on is an object of a class'],
    ['a Map', new Map([['a', 1]]), 'arguments is an object of a class'],
    ['a Set', { a: new Set() }, 'arguments.a is an object of a class'],
    ['a RegExp', /a/u, 'arguments is an object of a class'],
    ['bytes', { body: Buffer.from('x') }, 'arguments.body is an object of a class'],
    ['a boxed number', { a: Object(1) as unknown }, 'arguments.a is an object of a class'],
    ['a class', new URL('https://contoso.com'), 'arguments is an object of a class'],
    ['an Error', { e: new Error('x') }, 'arguments.e is an object of a class'],
    ['a promise', { p: Promise.resolve() }, 'arguments.p is an object of a class'],
    ['a lone surrogate', { a: '\uD800' }, 'arguments.a holds half of a surrogate pair'],
    ['a key that is one', { '\uD800': 1 }, 'arguments holds half of a surrogate pair'],
    ['much text', 'x'.repeat(1_048_577), 'arguments holds more than 1048576 characters'],
    ['many values', Array.from({ length: 30_000 }, () => 0), 'arguments has more than 20000 values'],
    ['a long hollow list', Object.assign([], { length: 4_000_000_000 }), 'arguments has more than 20000 values'],
  ])('throws for %s, and says where', (_, value, says) => {
    expect(() => bindingOfArguments(value)).toThrow(TypeError)
    expect(() => bindingOfArguments(value)).toThrow(`bindingOf: ${says}`)
  })
  it('throws for a cycle and for great depth', () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = [cycle]
    expect(() => bindingOfArguments(cycle)).toThrow('arguments.self[0] contains itself')
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level += 1) deep = [deep]
    expect(() => bindingOfArguments(deep)).toThrow('arguments is nested more than 64 deep')
  })
  it('takes one object in two places, objects without a prototype, and those of another realm', () => {
    const shared = { a: 1 }
    const plain = bindingOfArguments({ x: { a: 1 }, y: { a: 1 } })
    expect(bindingOfArguments({ x: shared, y: shared })).toBe(plain)
    const bare = Object.assign(Object.create(null) as object, { x: shared, y: shared })
    expect(bindingOfArguments(bare)).toBe(plain)
    expect(bindingOfArguments(runInContext('({ x: { a: 1 }, y: { a: 1 } })', createContext()))).toBe(plain)
  })
  it('does not take what hides for what is there', () => {
    const empty = bindingOfArguments({})
    expect(bindingOfArguments(JSON.parse('{"__proto__":{"amount":1}}'))).not.toBe(empty)
    expect(bindingOfArguments(JSON.parse('{"constructor":1}'))).not.toBe(empty)
    expect(bindingOfArguments('{}')).not.toBe(empty)
    expect(bindingOfArguments([])).not.toBe(empty)
    expect(bindingOfArguments(null)).not.toBe(bindingOfArguments(undefined))
    expect(bindingOfArguments(-0)).toBe(bindingOfArguments(0))
    expect(bindingOfArguments('1')).not.toBe(bindingOfArguments(1))
    expect(bindingOfArguments('e\u0301')).not.toBe(bindingOfArguments('\u00E9'))
  })
  it.each([
    [undefined, 'the call is not an object'],
    [{}, 'action is not a name'],
    [{ action: ' ' }, 'action is not a name'],
    [{ action: 'a', resource: ' ' }, 'resource is not an id'],
    [{ action: 'a', resource: {} }, 'resource.id is not an id'],
    [{ action: 'a', resource: 7 }, 'resource is neither'],
    [{ action: 'a', principal: {} }, 'principal.id is not an id'],
    [{ action: 'a', actor: 7 }, 'actor is neither'],
  ])('throws for the call %o', (call, says) => {
    expect(() => bindingOf(call as never)).toThrow(says)
  })
  it('shows neither keys nor values in what it throws', () => {
    expect(() => bindingOfArguments({ 'card 4111 1111': { pin: 7n } })).toThrow('arguments.….pin is a BigInt')
  })
})
