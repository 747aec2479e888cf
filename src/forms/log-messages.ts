import { field } from '../otlp/unreadable.ts'

export interface LogMessage {
  readonly text: string
  /** For example `events[3].message`. */
  readonly where: string
}

/**
 * The messages in an answer of CloudWatch Logs: `FilterLogEvents` and `GetLogEvents` list events, `GetQueryResults` lists
 * rows of fields. Undefined if it's no such answer.
 */
export function logMessagesIn(document: unknown): readonly LogMessage[] | undefined {
  const [events, rows] = [field(document, 'events'), field(document, 'results')]
  const messages = Array.isArray(events)
    ? events.flatMap(messageOf)
    : Array.isArray(rows)
      ? rows.flatMap(rowMessages)
      : []
  return messages.length === 0 ? undefined : messages
}

function messageOf(event: unknown, at: number): readonly LogMessage[] {
  const text = field(event, 'message')
  return typeof text === 'string' ? [{ text, where: `events[${at}].message` }] : []
}

function rowMessages(row: unknown, at: number): readonly LogMessage[] {
  if (!Array.isArray(row)) return []
  const cell: unknown = row.find((one) => field(one, 'field') === '@message')
  const text = field(cell, 'value')
  return typeof text === 'string' ? [{ text, where: `results[${at}]` }] : []
}
