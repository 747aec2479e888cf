import { withHiddenEscaped } from '../../base/hidden-characters.ts'

/**
 * JSON for programs, whose bytes are harmless in a terminal, a log and an editor: characters that show nothing or change
 * the direction of text are escaped. It parses to the same value.
 */
export function jsonText(value: unknown, indent?: number): string {
  return withHiddenEscaped(JSON.stringify(value, null, indent))
}
