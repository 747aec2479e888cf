import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { nameOf } from './recorded-attributes.ts'

/*
 * OTLP messages in protobuf (opentelemetry-proto 1.x: trace.proto, common.proto, resource.proto), each as in OTLP JSON.
 * Skips what no rule reads, such as events, links and long model texts. Decodes field by field, without a schema: that
 * keeps the intact parts of a damaged request, and doesn't build anything that isn't needed.
 */

type Json = Record<string, unknown>

/**
 * A span as in OTLP JSON. Throws if its bytes are damaged. Calls `twice` with the name of a field that is given more
 * than once: the last one counts.
 */
export function decodedSpan(bytes: Uint8Array, twice: Twice): Json {
  const attributes: Json[] = []
  const span: Json = { attributes }
  const put = (name: string, value: unknown) => {
    if (span[name] !== undefined && span[name] !== value) twice(name)
    span[name] = value
  }
  eachField(readerOf(bytes), bytes.length, (reader, field, type) => {
    if (field === SPAN.traceId && type === LENGTH) put('traceId', bytesIn(reader).toString('hex'))
    else if (field === SPAN.traceId && type === FIXED) throw new Error('this is a log record and no span')
    else if (field === SPAN.spanId && type === LENGTH) put('spanId', bytesIn(reader).toString('hex'))
    else if (field === SPAN.parentSpanId && type === LENGTH) put('parentSpanId', bytesIn(reader).toString('hex'))
    else if (field === SPAN.name && type === LENGTH) put('name', reader.string())
    else if (field === SPAN.kind && type === VARINT) put('kind', reader.int32())
    else if (field === SPAN.start && type === FIXED) put('startTimeUnixNano', String(reader.fixed64()))
    else if (field === SPAN.end && type === FIXED) put('endTimeUnixNano', String(reader.fixed64()))
    else if (field === SPAN.flags && type === FIXED32) put('flags', reader.fixed32())
    else if (field === SPAN.attributes && type === LENGTH) attributes.push(keyValueIn(reader, 0, twice))
    else if (field === SPAN.status && type === LENGTH) put('status', statusIn(reader))
    else reader.skip(type, field)
  })
  return span
}

/** Takes the name of what is given twice. */
export type Twice = (name: string) => void

/** Like `decodedSpan`, for a resource. */
export function decodedResource(bytes: Uint8Array, twice: Twice): Json {
  const attributes: Json[] = []
  eachField(readerOf(bytes), bytes.length, (reader, field, type) => {
    if (field === RESOURCE_ATTRIBUTES && type === LENGTH) attributes.push(keyValueIn(reader, 0, twice))
    else reader.skip(type, field)
  })
  return { attributes }
}

/** Like `decodedSpan`, for an instrumentation scope. */
export function decodedScope(bytes: Uint8Array): Json {
  const scope: Json = {}
  eachField(readerOf(bytes), bytes.length, (reader, field, type) => {
    if (field === SCOPE.name && type === LENGTH) scope['name'] = reader.string()
    else if (field === SCOPE.version && type === LENGTH) scope['version'] = reader.string()
    else reader.skip(type, field)
  })
  return scope
}

const { LengthDelimited: LENGTH, Varint: VARINT, Bit64: FIXED, Bit32: FIXED32 } = WireType

/** Numbers of the fields that are read, by message. */
const SPAN = {
  traceId: 1,
  spanId: 2,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  status: 15,
  flags: 16,
} as const
const RESOURCE_ATTRIBUTES = 1
const SCOPE = { name: 1, version: 2 } as const
const STATUS_CODE = 3
const KEY_VALUE = { key: 1, value: 2 } as const
const VALUE = { string: 1, bool: 2, int: 3, double: 4, list: 5, map: 6, bytes: 7 } as const
const ENTRIES = 1

function readerOf(bytes: Uint8Array): BinaryReader {
  return new BoundedReader(bytes, (text) => bufferOf(text).toString('utf8'))
}

/** A field of two bytes may become an object. A message with more fields would fill the memory. */
const MAX_FIELDS = 1_000_000

class BoundedReader extends BinaryReader {
  #fields = 0

  override tag(): ReturnType<BinaryReader['tag']> {
    this.#fields += 1
    if (this.#fields > MAX_FIELDS)
      throw new RangeError(`it holds more than ${MAX_FIELDS.toLocaleString('en-US')} fields`)
    return super.tag()
  }
}

type Take = (reader: BinaryReader, field: number, type: WireType) => void

/** Takes the fields of the message that ends at `end`. */
function eachField(reader: BinaryReader, end: number, take: Take): void {
  if (end > reader.len) throw new RangeError('it is longer than what it is in')
  while (reader.pos < end) {
    const [field, type] = reader.tag()
    take(reader, field, type)
  }
  if (reader.pos !== end) throw new RangeError('its fields are longer than itself')
}

/** Same as `eachField`, for a message in a field. */
function eachFieldIn(reader: BinaryReader, take: Take): void {
  const length = reader.uint32()
  eachField(reader, reader.pos + length, take)
}

function bytesIn(reader: BinaryReader): Buffer {
  return bufferOf(reader.bytes())
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function statusIn(reader: BinaryReader): Json {
  const status: Json = {}
  eachFieldIn(reader, (reader, field, type) => {
    if (field === STATUS_CODE && type === VARINT) status['code'] = reader.int32()
    else reader.skip(type, field)
  })
  return status
}

/** The Collector writes the value before the key. Even so, a value that no rule reads isn't decoded. */
function keyValueIn(reader: BinaryReader, depth: number, twice: Twice): Json {
  const entry: Json = {}
  const valuesAt: number[] = []
  let [key, keys] = ['', 0]
  eachFieldIn(reader, (reader, field, type) => {
    if (field === KEY_VALUE.key && type === LENGTH) {
      key = reader.string()
      keys += 1
    } else {
      if (field === KEY_VALUE.value && type === LENGTH) valuesAt.push(reader.pos)
      reader.skip(type, field)
    }
  })
  entry['key'] = key
  const valueAt = valuesAt.at(-1)
  if (valueAt === undefined || (depth === 0 && nameOf(key) === undefined)) return entry
  if (keys > 1 || valuesAt.length > 1) twice(`the attribute ${JSON.stringify(key)}`)
  const end = reader.pos
  reader.pos = valueAt
  entry['value'] = valueIn(reader, depth, () => twice(`the value of ${JSON.stringify(key)}`))
  reader.pos = end
  return entry
}

/** Anything deeper in a value is skipped. */
const MAX_DEPTH = 16

/** If a value is given twice, the last one counts. */
function valueIn(reader: BinaryReader, depth: number, twice: Twice): Json {
  let value: Json | undefined
  eachFieldIn(reader, (reader, field, type) => {
    const before = value
    if (field === VALUE.string && type === LENGTH) value = { stringValue: reader.string() }
    else if (field === VALUE.bool && type === VARINT) value = { boolValue: reader.bool() }
    else if (field === VALUE.int && type === VARINT) value = { intValue: String(reader.int64()) }
    else if (field === VALUE.double && type === FIXED) value = { doubleValue: reader.double() }
    else if (field === VALUE.bytes && type === LENGTH) value = { bytesValue: bytesIn(reader).toString('base64') }
    else if (field === VALUE.list && type === LENGTH && depth < MAX_DEPTH) {
      value = { arrayValue: { values: entriesIn(reader, () => valueIn(reader, depth + 1, twice)) } }
    } else if (field === VALUE.map && type === LENGTH && depth < MAX_DEPTH) {
      value = { kvlistValue: { values: entriesIn(reader, () => keyValueIn(reader, depth + 1, twice)) } }
    } else reader.skip(type, field)
    if (before !== undefined && value !== before) twice('a value')
  })
  return value ?? {}
}

function entriesIn(reader: BinaryReader, read: () => Json): readonly Json[] {
  const entries: Json[] = []
  eachFieldIn(reader, (reader, field, type) => {
    if (field === ENTRIES && type === LENGTH) entries.push(read())
    else reader.skip(type, field)
  })
  return entries
}
