/** A value that JCS (RFC 8785) can't express. The text says where, and never what. */
export class NotPlain extends Error {
  override readonly name = 'NotPlain'
}

/** No tool call is as deep or as large. What is larger would take long to hash. */
const MAX_DEPTH = 64
const MAX_VALUES = 20_000
const MAX_LENGTH = 1_048_576

/**
 * A frozen copy of plain JSON. It's read once, so that no getter and no proxy says something else the next time. Throws
 * `NotPlain` if JSON would lose something, because two calls that differ would then look like one.
 */
export function plainCopy<T>(value: T, path: string): T {
  return copied(value, path, { depth: 0, around: [], left: { values: MAX_VALUES, length: MAX_LENGTH } }) as T
}

/** A frozen copy of plain data of our own. */
export function frozenCopy<T>(value: T): T {
  return frozen(structuredClone(value))
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}

interface Walk {
  readonly depth: number
  /** The objects that the present one is in. */
  readonly around: readonly object[]
  readonly left: { values: number; length: number }
}

function copied(value: unknown, path: string, walk: Walk): unknown {
  const { left } = walk
  left.values -= 1
  if (left.values < 0) throw new NotPlain(`${rootOf(path)} has more than ${MAX_VALUES} values`)
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return text(value, path, left)
  if (typeof value === 'number') return number(value, path)
  if (typeof value !== 'object') throw new NotPlain(`${path} is ${WORDS[typeof value]}`)
  if (walk.around.includes(value)) throw new NotPlain(`${path} contains itself`)
  if (walk.depth >= MAX_DEPTH) throw new NotPlain(`${rootOf(path)} is nested more than ${MAX_DEPTH} deep`)
  const inside = { ...walk, depth: walk.depth + 1, around: [...walk.around, value] }
  return Object.freeze(Array.isArray(value) ? list(value, path, inside) : object(value, path, inside))
}

const WORDS: Readonly<Record<string, string>> = {
  undefined: 'undefined: leave it out, or use null',
  function: 'a function',
  symbol: 'a symbol',
  bigint: 'a BigInt: use a number or a text',
}

function text(value: string, path: string, left: Walk['left']): string {
  left.length -= value.length
  if (left.length < 0) throw new NotPlain(`${rootOf(path)} holds more than ${MAX_LENGTH} characters`)
  if (/\p{Cs}/u.test(value)) throw new NotPlain(`${path} holds half of a surrogate pair`)
  return value
}

/** JSON has one zero. */
function number(value: number, path: string): number {
  if (!Number.isFinite(value)) throw new NotPlain(`${path} is ${value}`)
  return value === 0 ? 0 : value
}

function list(value: readonly unknown[], path: string, walk: Walk): unknown[] {
  const { length } = value
  if (length > MAX_VALUES) throw new NotPlain(`${rootOf(path)} has more than ${MAX_VALUES} values`)
  return Array.from({ length }, (_, index) => copied(value[index], `${path}[${index}]`, walk))
}

function object(value: object, path: string, walk: Walk): object {
  const proto = Object.getPrototypeOf(value) as object | null
  // Of this realm or of another one, such as that of a test runner.
  const isPlain = proto === null || (Object.getPrototypeOf(proto) === null && Object.hasOwn(proto, 'isPrototypeOf'))
  if (!isPlain || Object.prototype.toString.call(value) !== '[object Object]') {
    throw new NotPlain(`${path} is an object of a class: use plain JSON`)
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw new NotPlain(`${path} has a key that is a symbol`)
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    text(key, path, walk.left)
    const inside = copied((value as Readonly<Record<string, unknown>>)[key], `${path}.${shown(key)}`, walk)
    // An assignment to `__proto__` would set no key.
    Object.defineProperty(copy, key, { value: inside, enumerable: true, writable: true, configurable: true })
  }
  return copy
}

/** Keys may be anything, and paths end up in texts for developers. */
function shown(key: string): string {
  return /^[\w-]{1,40}$/u.test(key) ? key : '…'
}

function rootOf(path: string): string {
  return /^[^.[]*/u.exec(path)?.[0] ?? path
}
