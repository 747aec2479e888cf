import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { WireAttribute, WireSpan, WireValue } from './spans.ts'

/** An `ExportTraceServiceRequest` in protobuf, with events and links, which nobody reads. */
export function protobufRequest(spans: readonly WireSpan[]): Uint8Array {
  const request = new BinaryWriter()
  for (const span of spans) {
    message(request, 1, (group) => {
      message(group, 1, (resource) => writeAttributes(resource, 1, span.resource))
      message(group, 2, (scopeSpans) => {
        message(scopeSpans, 1, (scope) => {
          text(scope, 1, span.scope.name)
          text(scope, 2, span.scope.version)
        })
        message(scopeSpans, 2, (writer) => writeSpan(writer, span))
        text(scopeSpans, 3, 'https://opentelemetry.io/schemas/1.30.0')
      })
    })
  }
  return request.finish()
}

function writeSpan(writer: BinaryWriter, span: WireSpan): void {
  writer.tag(1, WireType.LengthDelimited).bytes(Buffer.from(span.traceId, 'hex'))
  writer.tag(2, WireType.LengthDelimited).bytes(Buffer.from(span.spanId, 'hex'))
  if (span.parentSpanId !== undefined) {
    writer.tag(4, WireType.LengthDelimited).bytes(Buffer.from(span.parentSpanId, 'hex'))
  }
  text(writer, 5, span.name)
  writer.tag(6, WireType.Varint).int32(span.kind)
  writer.tag(7, WireType.Bit64).fixed64(span.startNanos)
  writer.tag(8, WireType.Bit64).fixed64(span.startNanos)
  writeAttributes(writer, 9, span.attributes)
  message(writer, 11, (event) => text(event, 2, 'an event'))
  message(writer, 13, (link) => link.tag(1, WireType.LengthDelimited).bytes(Buffer.from(span.traceId, 'hex')))
  message(writer, 15, (status) => status.tag(3, WireType.Varint).int32(span.status))
  writer.tag(16, WireType.Bit32).fixed32(0x1)
}

function message(writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => void): void {
  write(writer.tag(field, WireType.LengthDelimited).fork())
  writer.join()
}

function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value)
}

function writeAttributes(writer: BinaryWriter, field: number, attributes: readonly WireAttribute[]): void {
  for (const { key, value } of attributes) {
    message(writer, field, (entry) => {
      text(entry, 1, key)
      message(entry, 2, (inner) => writeValue(inner, value))
    })
  }
}

function writeValue(writer: BinaryWriter, value: WireValue | undefined): void {
  const [[type, content] = []] = Object.entries(value ?? {})
  if (type === 'stringValue') writer.tag(1, WireType.LengthDelimited).string(content as string)
  else if (type === 'boolValue') writer.tag(2, WireType.Varint).bool(content as boolean)
  else if (type === 'intValue') writer.tag(3, WireType.Varint).int64(BigInt(content as string))
  else if (type === 'doubleValue') writer.tag(4, WireType.Bit64).double(Number(content))
  else if (type === 'bytesValue')
    writer.tag(7, WireType.LengthDelimited).bytes(Buffer.from(content as string, 'base64'))
  else if (type === 'arrayValue') {
    const { values = [] } = content as { values?: readonly WireValue[] }
    message(writer, 5, (list) => values.forEach((one) => message(list, 1, (inner) => writeValue(inner, one))))
  } else if (type === 'kvlistValue') {
    const { values = [] } = content as { values?: readonly WireAttribute[] }
    message(writer, 6, (map) => writeAttributes(map, 1, values))
  }
}

/** Messages each behind its length in four bytes, as the Collector's file exporter writes them. */
export function withLengths(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    messages.flatMap((bytes) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

/** The same with lengths in varints, as protobuf's own libraries write them. */
export function withVarints(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(messages.map((bytes) => new BinaryWriter().bytes(bytes).finish()))
}
