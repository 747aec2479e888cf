import { factOf } from '../base/attribute-value.ts'
import type { Attributes, SpanShape } from '../model/span.ts'

/**
 * Whether the parent belongs to another process, or named itself in a header: then nothing but two ids says that the
 * span continues its work. A span that is known to have a local parent has none of that.
 */
export function isProcessEdge(span: SpanShape, parent: SpanShape): boolean {
  const isRemote = span.parentSpanContext?.isRemote
  return isRemote ?? !isSameProcess(span, parent)
}

/** Whether nothing that both resources state of their process differs. */
export function isSameProcess(
  { resource: { attributes: a } }: SpanShape,
  { resource: { attributes: b } }: SpanShape,
): boolean {
  if (a === b) return true
  return PROCESS_KEYS.every((key) => {
    if (a[key] === b[key] || (key === INSTANCE && isOne(a, b))) return true
    const [one, other] = [nameIn(a[key]), nameIn(b[key])]
    return one === undefined || other === undefined || one === other
  })
}

/** Whether both are known to be of one process. */
export function isOneProcess(span: SpanShape, other: SpanShape): boolean {
  return isOne(span.resource.attributes, other.resource.attributes) && isSameProcess(span, other)
}

function isOne(a: Attributes, b: Attributes): boolean {
  return ID_OF_PROCESS.every((key) => nameIn(a[key]) !== undefined && nameIn(a[key]) === nameIn(b[key]))
}

/** Each SDK makes up one of its own: several in one process, and its worker threads, each have another. */
const INSTANCE = 'service.instance.id'

/** Containers of one pod may share both, so the service has to be the same too. */
const ID_OF_PROCESS = ['process.pid', 'host.name', 'service.name'] as const

/** Attributes of a resource that name the process. A value that only one side states says nothing about the other. */
const PROCESS_KEYS = [
  'service.name',
  'service.namespace',
  INSTANCE,
  'process.pid',
  'host.name',
  'host.id',
  'container.id',
  'k8s.pod.uid',
  'k8s.pod.name',
] as const

/** A process id is a number. */
function nameIn(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : factOf(value)
}
