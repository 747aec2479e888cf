import { parseJson } from '../forms/json.ts'
import type { Unreadable } from '../otlp/unreadable.ts'

export interface Parsed {
  readonly value: unknown
  /** The places that one object has twice. Everything there is read. */
  readonly twice: readonly string[]
}

/** Undefined if it isn't JSON. */
export function parsed(text: string): Parsed | undefined {
  const twice: string[] = []
  try {
    return { value: parseJson(text, (place) => twice.push(place)), twice }
  } catch {
    return undefined
  }
}

/** Reports what one object has twice. */
export function reportTwice({ twice }: Pick<Parsed, 'twice'>, report: (problem: Unreadable) => void): void {
  for (const place of twice) report({ place, reason: GIVEN_TWICE })
}

export const GIVEN_TWICE = 'this is given twice in one object'

/** Something that can't be read, with its place. */
export function problemText({ place, reason }: Unreadable): string {
  return place === '' ? reason : `${place}: ${reason}`
}
