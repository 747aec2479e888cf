import { AttributeBag, MAX_DEPTH, nameOf, putAttribute, textOf, valueFrom } from './recorded-attributes.ts'
import { mayRepeat, repeatedIn } from '../model/other-records.ts'
import { field, isRecord } from './unreadable.ts'

/** Says what can't be read and where in its owner, for example `attributes[3]`. */
export type Complain = (where: string, reason: string) => void

/**
 * The attributes of a span or a resource in OTLP JSON. Also understands what programs write instead: an object whose
 * members are the attributes, one attribute without a list, bare values, and the structs of Go (`{"Value":
 * {"StringValue": "kai"}}` of its protobuf types, `{"Key", "Value": {"Type", "Value"}}` of its SDK). Calls `complain`
 * for anything else, and skips it.
 */
export function attributesOf(owner: unknown, complain: Complain): Record<string, unknown> {
  const attributes = new AttributeBag()
  const given = field(owner, 'attributes', 'Attributes')
  if (Array.isArray(given)) addEntries(attributes, given, complain)
  else if (isRecord(given) && !isEntry(given)) addMembers(attributes, given, complain)
  else if (isRecord(given)) addEntry(attributes, given, 'attributes', complain)
  else if (given !== undefined && given !== null) complain('attributes', 'this has to be a list')
  return attributes
}

function addEntries(attributes: Record<string, unknown>, entries: readonly unknown[], complain: Complain): void {
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at]
    if (!isRecord(entry)) complain(`attributes[${at}]`, 'this has to be an object')
    else if (!isText(entry['key'])) addEntry(attributes, entry, `attributes[${at}]`, complain)
    else addEntryValue(attributes, entry, entry['key'], entry['value'], complain)
  }
}

/** An entry that is spelled in any way. */
function addEntry(attributes: Record<string, unknown>, entry: Json, where: string, complain: Complain): void {
  const key = field(entry, 'key', 'Key')
  if (isText(key)) addEntryValue(attributes, entry, key, field(entry, 'value', 'Value'), complain)
  else complain(where, 'this attribute has no key')
}

/** The value of an entry, after those that it or a part of it was given before. */
function addEntryValue(
  attributes: Record<string, unknown>,
  entry: Json,
  key: string,
  value: unknown,
  complain: Complain,
): void {
  if (mayRepeat()) {
    for (const before of repeatedIn(entry)?.get('value') ?? []) addValue(attributes, key, before, complain)
    for (const [type, values] of (isRecord(value) ? repeatedIn(value) : undefined) ?? [])
      for (const before of values) addValue(attributes, key, { [type]: before }, complain)
  }
  addValue(attributes, key, value, complain)
}

function addMembers(attributes: Record<string, unknown>, members: Json, complain: Complain): void {
  const repeated = repeatedIn(members)
  for (const key of Object.keys(members)) {
    for (const value of repeated?.get(key) ?? []) addValue(attributes, key, value, complain, memberValue)
    addValue(attributes, key, members[key], complain, memberValue)
  }
}

function addValue(
  attributes: Record<string, unknown>,
  key: string,
  value: unknown,
  complain: Complain,
  readValue: Read = anyValue,
): void {
  const name = nameOf(key)
  if (name === undefined) return
  const read = readValue(value, 0)
  putAttribute(attributes, name, read)
  if (read === undefined && !isEmpty(value)) complain(`attributes[${JSON.stringify(key)}]`, UNREADABLE)
  else if (hasSeveralTypes(value)) complain(`attributes[${JSON.stringify(key)}]`, SEVERAL_TYPES)
}

const SEVERAL_TYPES = 'this value is given twice, as two types'

/** OTLP allows one. Which one counts depends on the program that reads it. */
function hasSeveralTypes(value: unknown): boolean {
  if (!isRecord(value)) return false
  let types = 0
  for (const type in value)
    if (value[type] !== null && value[type] !== undefined && Object.hasOwn(READERS, type)) types += 1
  return types > 1
}

const UNREADABLE = 'this value has no type that OTLP knows'

/** The value of a member, with or without its type around it. */
function memberValue(value: unknown): unknown {
  const isBare = isRecord(value) && !Object.keys(value).some((type) => Object.hasOwn(READERS, type))
  return isBare ? valueFrom(value) : anyValue(value, 0)
}

type Json = Readonly<Record<string, unknown>>

/** One attribute by itself, and not an object whose members are attributes. */
function isEntry(given: Json): boolean {
  const isNamed = isText(field(given, 'key', 'Key')) && field(given, 'value', 'Value') !== undefined
  return isNamed && Object.keys(given).length === ENTRY_KEYS
}

const ENTRY_KEYS = 2

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** OTLP allows a value that says nothing. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return isRecord(value) && Object.values(value).every((member) => member === null)
}

function anyValue(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return undefined
  if (!isRecord(value)) return Array.isArray(value) ? listOf(value, depth) : valueFrom(value)
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
  StringValue: cut,
  boolValue: flagOf,
  bool_value: flagOf,
  BoolValue: flagOf,
  intValue: integerOf,
  int_value: integerOf,
  IntValue: integerOf,
  doubleValue: numberOf,
  double_value: numberOf,
  DoubleValue: numberOf,
  arrayValue: listOf,
  array_value: listOf,
  ArrayValue: listOf,
  kvlistValue: mapOf,
  kvlist_value: mapOf,
  KvlistValue: mapOf,
  bytesValue: bytesOf,
  bytes_value: bytesOf,
  BytesValue: bytesOf,
  // Go wraps the value in a struct that is named after the field of the message.
  Value: anyValue,
}

function cut(text: unknown): string | undefined {
  return typeof text === 'string' ? textOf(text) : undefined
}

/** No text: bytes name nobody, whatever their base64 looks like. */
function bytesOf(base64: unknown): unknown {
  return { bytes: cut(base64) }
}

function flagOf(flag: unknown): boolean {
  return flag === true || flag === 'true'
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
  const values = Array.isArray(value) ? value : field(value, 'values', 'Values')
  return Array.isArray(values) ? values.map((entry) => anyValue(entry, depth + 1)) : []
}

function mapOf(value: unknown, depth: number): unknown {
  const map = Object.create(null) as Record<string, unknown>
  const values = field(value, 'values', 'Values')
  if (!Array.isArray(values)) return map
  for (const entry of values) {
    const key = field(entry, 'key', 'Key')
    if (typeof key === 'string') map[key] = anyValue(field(entry, 'value', 'Value'), depth + 1)
  }
  return map
}
