import type { Assurance } from '../model/attribution.ts'
import { Spoken } from './recorded-decision.ts'
import type { RecordedDecision } from './recorded-decision.ts'

/**
 * What was found in one causal tree so far, shared by all of its spans. Resolving and judging only read it. The caller
 * notes what it resolved with the functions below, so that a span can also be resolved without leaving a trace.
 */
export interface Tree {
  /** The first one that was seen in it. */
  readonly correlationId: string | undefined
  /** Decisions on acts that aren't below the spans that record them. */
  readonly spoken: Pick<Spoken, 'of' | 'times'> | undefined
}

/** A tree as only this file sees it. */
interface Ledger {
  correlationId: string | undefined
  spoken: Spoken | undefined
  /** Spans whose recorded decision an act below them took. */
  taken: Set<string> | undefined
}

export function openTree(spoken?: Spoken): Tree {
  const ledger: Ledger = { correlationId: undefined, spoken, taken: undefined }
  return ledger
}

/** Notes what a resolved span adds to its tree. Noting the same span again changes nothing. */
export function noteInTree({ childLineage, takes }: Noted): void {
  noteCorrelation(childLineage.tree, trusted(childLineage.correlation))
  for (const said of takes) noteTaken(childLineage.tree, said)
}

/** A stranger's id must not make that of the work itself look changed. */
function trusted(correlation: Held | undefined): string | undefined {
  return correlation?.assurance === 'claimed' ? undefined : correlation?.value
}

interface Held {
  readonly value: string
  readonly assurance: Assurance
}

interface Noted {
  readonly childLineage: { readonly tree: Tree; readonly correlation: Held | undefined }
  /** Decisions of spans above that this one took. */
  readonly takes: readonly RecordedDecision[]
}

export function noteCorrelation(tree: Tree, correlationId: string | undefined): void {
  ledgerOf(tree).correlationId ??= correlationId
}

/** The decisions on acts elsewhere, to add more to. Covers at most `most` acts. */
export function spokenIn(tree: Tree, most: number): Spoken {
  return (ledgerOf(tree).spoken ??= new Spoken(most))
}

/** Notes what a resolved span says about an act that isn't below it: the call that it names, or the tool around it. */
export function tellFrom({ lineage, ofOther }: Telling, spoken: () => Spoken): void {
  if (ofOther === undefined) return
  const said = { ...ofOther, isApart: true }
  if (said.call !== undefined) spoken().add(said.call, said)
  const isTaken = ledgerOf(lineage.tree).taken?.delete(said.spanId) === true
  if (lineage.askedOf !== undefined && !isTaken) spoken().add(lineage.askedOf, said)
}

interface Telling {
  readonly lineage: { readonly tree: Tree; readonly askedOf: string | undefined }
  readonly ofOther: RecordedDecision | undefined
}

function noteTaken(tree: Tree, { spanId }: RecordedDecision): void {
  const taken = (ledgerOf(tree).taken ??= new Set())
  taken.add(spanId)
  const [oldest] = taken
  if (taken.size > MAX_TAKEN && oldest !== undefined) taken.delete(oldest)
}

/** Far more than a running process keeps: it forgets each one when the span that recorded the decision ends. */
const MAX_TAKEN = 4_096

/** Every tree is made by `openTree`. */
function ledgerOf(tree: Tree): Ledger {
  return tree as Ledger
}
