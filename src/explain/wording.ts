/** An id or name in a sentence. It comes from outside, so one that could pass for more than a name is in quotes. */
export function identity(text: string): string {
  return /^[\p{L}\p{N}@.:/_+#*%=~\\[\]-]{1,300}$/u.test(text) ? text : quoted(text)
}

/** Text in a sentence, in quotes under the same condition. */
export function phrase(text: string): string {
  return /^[\p{L}\p{N} @.:/_+#*%=~'-]{1,300}$/u.test(text) && !CLAUSE_WORD.test(text) ? text : quoted(text)
}

/** Words that clauses themselves use. */
const CLAUSE_WORD =
  /\b(?:asked|acted|answers|through|under|policy|allowed|denied|escalated|approved|proven|recorded|succeeded|failed|held)\b/iu

const MAX_QUOTED = 300

function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
}

/** `a, b and c`. Names only the first few of many, and how many more there are, so that it stays one sentence. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${more.toLocaleString('en-US')} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

const MAX_LISTED = 4
