import type { SpanShape } from '../../model/span.ts'
import { vendorsFor } from './index.ts'
import { formOf } from './marker.ts'
import type { Meaning } from './marker.ts'
import type { Named } from './vendor.ts'

/**
 * A dialect, or the part of one, that has only names. Its scope, what it calls itself, or an unmistakable prefix is the
 * marker.
 */
export interface NamedSpans extends Named {
  readonly dialect: string
}

export const NAMED_SPANS: readonly NamedSpans[] = vendorsFor('names').flatMap(({ name, names = [] }) =>
  names.map((row) => ({ dialect: name, ...row })),
)

export function meaningOfName(span: SpanShape): { readonly dialect: string; readonly meaning: Meaning } | undefined {
  const byOwner =
    meaningIn(BY_SCOPE.get(span.instrumentationScope.name), span.name) ?? meaningIn(bySystem(span), span.name)
  if (byOwner !== undefined) return byOwner
  for (const { dialect, prefix, forms } of PREFIXED) {
    if (!span.name.startsWith(prefix)) continue
    const meaning = formOf(forms, span.name.slice(prefix.length))
    return meaning === undefined ? undefined : { dialect, meaning }
  }
  return undefined
}

function meaningIn(
  row: NamedSpans | undefined,
  name: string,
): { readonly dialect: string; readonly meaning: Meaning } | undefined {
  const meaning = formOf(row?.forms, name)
  return row === undefined || meaning === undefined ? undefined : { dialect: row.dialect, meaning }
}

function bySystem({ attributes }: SpanShape): NamedSpans | undefined {
  const system = attributes[SYSTEM_KEYS[0]] ?? attributes[SYSTEM_KEYS[1]]
  return typeof system === 'string' ? BY_SYSTEM.get(system) : undefined
}

/** Where the conventions put the model's provider: the current key, and the former one. */
export const SYSTEM_KEYS = ['gen_ai.provider.name', 'gen_ai.system'] as const

const BY_SYSTEM: ReadonlyMap<string, NamedSpans> = new Map(
  NAMED_SPANS.flatMap((row) => (row.systems ?? []).map((system) => [system, row] as const)),
)

const BY_SCOPE: ReadonlyMap<string, NamedSpans> = new Map(
  NAMED_SPANS.flatMap((row) => (row.scopes ?? []).map((scope) => [scope, row] as const)),
)

const PREFIXED = NAMED_SPANS.flatMap(({ prefix, ...row }) => (prefix === undefined ? [] : [{ ...row, prefix }]))
