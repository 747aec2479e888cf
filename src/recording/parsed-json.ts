import type { Unreadable } from '../otlp/unreadable.ts'

/** Undefined if it isn't JSON. */
export function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** Something that can't be read, with its place. */
export function problemText({ place, reason }: Unreadable): string {
  return place === '' ? reason : `${place}: ${reason}`
}
