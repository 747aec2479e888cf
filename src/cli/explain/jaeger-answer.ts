import type { SpanShape } from '../../model/span.ts'
import { PieceReader } from '../../forms/document.ts'
import { createSpanSplitter } from '../../recording/span-splitter.ts'

/** How much of an answer is read, in UTF-16 units. */
const MAX_ANSWER = 128 * 1024 * 1024

/** Reports why part of an answer can't be read. */
export type ReportProblem = (reason: string) => void

/**
 * The spans of an `/api/v3` answer, as they come in. One document may follow another. Returns whether the answer was
 * read to its end, which it isn't if it is longer than `maxAnswer`.
 */
export async function* spansIn(
  pieces: AsyncIterable<string>,
  report: ReportProblem,
  maxAnswer = MAX_ANSWER,
): AsyncGenerator<SpanShape, boolean> {
  const unreadable = (reason: string) => report(`an answer cannot be read: ${reason}`)
  const reader = new PieceReader(({ reason }) => report(reason))
  let splitter = createSpanSplitter(unreadable)
  let isOpen = false
  let read = 0
  for await (const piece of pieces) {
    read += piece.length
    for (let text = piece; text.trim() !== ''; text = splitter.isDone ? splitter.rest : '') {
      if (splitter.isDone) splitter = createSpanSplitter(unreadable)
      for (const part of splitter.write(text)) yield* reader.read(part)
      isOpen = !splitter.isDone
    }
    if (read > maxAnswer) return false
  }
  if (isOpen) unreadable('it breaks off')
  return true
}

/**
 * The ids and start times (in milliseconds) of the traces in an `/api/traces` answer. Undefined if the answer is too
 * large to hold.
 */
export async function foundIn(
  pieces: AsyncIterable<string>,
  report: ReportProblem,
): Promise<ReadonlyMap<string, number> | undefined> {
  const text = await heldText(pieces)
  if (text === undefined) return undefined
  const found = new Map<string, number>()
  const { data } = (parsed(text, report) ?? {}) as { data?: unknown }
  for (const { traceID, spans } of (Array.isArray(data) ? data : []) as readonly OlderTrace[]) {
    // In microseconds. Any span will do: it only tells where to keep looking.
    found.set(String(traceID).toLowerCase().padStart(32, '0'), Number(spans?.[0]?.startTime ?? 0) / 1_000)
  }
  return found
}

interface OlderTrace {
  readonly traceID?: unknown
  readonly spans?: readonly { readonly startTime?: unknown }[]
}

/** A small JSON answer as a whole. Undefined if it isn't JSON. */
export async function jsonIn(pieces: AsyncIterable<string>, report: ReportProblem): Promise<unknown> {
  return parsed((await heldText(pieces)) ?? '', report)
}

async function heldText(pieces: AsyncIterable<string>): Promise<string | undefined> {
  let text = ''
  for await (const piece of pieces) {
    text += piece
    if (text.length > MAX_ANSWER) return undefined
  }
  return text
}

function parsed(text: string, report: ReportProblem): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    report(`an answer cannot be read: ${(error as Error).message}`)
    return undefined
  }
}
