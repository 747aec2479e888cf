import type { Binding, Execution, Lineage } from './lineage.ts'

const FACETS = ['principal', 'intent', 'authority', 'correlation', 'declaration'] as const

/** How much text a span hands down that it doesn't share with the spans above it, in UTF-16 code units. */
export function weightOf(below: Lineage, above: Lineage): number {
  let weight = 0
  for (const facet of FACETS) if (below[facet] !== above[facet]) weight += textIn(below[facet])
  if (below.actors.chain !== above.actors.chain) weight += textIn(below.actors.chain)
  if (below.actors.actor !== above.actors.actor) weight += textIn(below.actors.actor)
  return below.tool === above.tool ? weight : weight + textIn(below.tool)
}

/** How much text a binding holds. */
export function weightOfBinding({ bound, carried }: Binding): number {
  return textIn(bound) + textIn(carried?.attribution)
}

/** How much text was bound inside a tool's execution, and names what the tool is about. */
export function weightOfExecution(execution: Execution | undefined, resource: string | undefined): number {
  return textIn(execution) + textIn(resource)
}

/** Counts plain data, however deeply nested. */
function textIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  let text = 0
  for (const key in value) text += textIn((value as Readonly<Record<string, unknown>>)[key])
  return text
}
