import { AttributeBag, MAX_DEPTH, nameOf, textOf } from './recorded-attributes.ts'
import { field, isRecord } from './unreadable.ts'

/** The attributes of a span or a resource in OTLP JSON. */
export function attributesOf(owner: unknown): Record<string, unknown> {
  const attributes = new AttributeBag()
  const list = isRecord(owner) ? owner['attributes'] : undefined
  if (!Array.isArray(list)) return attributes
  for (const entry of list as readonly unknown[]) {
    if (!isRecord(entry)) continue
    const { key, value } = entry
    const name = typeof key === 'string' ? nameOf(key) : undefined
    if (name !== undefined) attributes[name] = anyValue(value, 0)
  }
  return attributes
}

function anyValue(value: unknown, depth: number): unknown {
  if (!isRecord(value) || depth > MAX_DEPTH) return undefined
  const text = value['stringValue']
  if (typeof text === 'string') return textOf(text)
  for (const type in value) {
    const read = Object.hasOwn(READERS, type) ? READERS[type as keyof typeof READERS] : undefined
    const content = value[type]
    if (read !== undefined && content !== undefined && content !== null) return read(content, depth)
  }
  return undefined
}

type Read = (content: unknown, depth: number) => unknown

const READERS: Readonly<Record<string, Read>> = {
  stringValue: cut,
  string_value: cut,
  boolValue: (flag) => flag === true || flag === 'true',
  bool_value: (flag) => flag === true || flag === 'true',
  intValue: integerOf,
  int_value: integerOf,
  doubleValue: numberOf,
  double_value: numberOf,
  arrayValue: listOf,
  array_value: listOf,
  kvlistValue: mapOf,
  kvlist_value: mapOf,
  bytesValue: cut,
  bytes_value: cut,
}

function cut(text: unknown): string | undefined {
  return typeof text === 'string' ? textOf(text) : undefined
}

/** A number if it's exact, otherwise its digits. */
function integerOf(value: unknown): unknown {
  const number = numberOf(value)
  return Number.isSafeInteger(number) ? number : cut(value)
}

/**
 * Lists and objects aren't numbers. Converting one would run its contents, which may be deeply nested or have a member
 * named `toString`.
 */
export function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
}

function listOf(value: unknown, depth: number): unknown {
  const values = field(value, 'values')
  return Array.isArray(values) ? values.map((entry) => anyValue(entry, depth + 1)) : []
}

function mapOf(value: unknown, depth: number): unknown {
  const map = Object.create(null) as Record<string, unknown>
  const values = field(value, 'values')
  if (!Array.isArray(values)) return map
  for (const entry of values) {
    const key = field(entry, 'key')
    if (typeof key === 'string') map[key] = anyValue(field(entry, 'value'), depth + 1)
  }
  return map
}
