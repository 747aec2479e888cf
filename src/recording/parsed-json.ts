import type { Unreadable } from '../otlp/unreadable.ts'

/** Undefined where it is no JSON. */
export function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** Something that cannot be read, with its place. */
export function problemText({ place, reason }: Unreadable): string {
  return place === '' ? reason : `${place}: ${reason}`
}
