import type { FindingCode } from '../model/finding.ts'

/** What the Collector cannot judge as the library and the audit do, by code and by what it would take. */
export interface Limit {
  readonly codes: readonly FindingCode[]
  readonly reason: string
}

/** The one list: the heading of the configuration, the documentation and the test of parity are drawn from it. */
export const LIMITS: readonly Limit[] = [
  {
    codes: ['principal_changed', 'chain_truncated', 'correlation_changed', 'intent_changed'],
    reason: 'compares a span with those above it, and OTTL sees one span at a time',
  },
  { codes: ['shared_credential'], reason: 'remembers whom a credential was first used for, and OTTL keeps no state' },
  {
    codes: ['undelegated_token', 'context_divergence', 'stale_binding', 'attribution_rewritten', 'token_passthrough'],
    reason: 'seen by a running process alone: kept where it was recorded by one that came through the inside receiver',
  },
]

/** What touches no code by itself. */
export const COARSE: readonly string[] = [
  'ids are compared without Unicode normalization (NFKC): full-width letters and composed accents stay different',
  'a dialect value that is JSON text in quotes and holds escapes; metadata that names two users in two places',
  'a text of more than 1,024 characters is kept whole on its span, where the audit shortens it, and is lent to none',
  'aliases that are a function; a map of aliases is taken over',
  "a user under a key that no vendor is known for, on an agent's own span: OTTL cannot look through the keys of a span",
  'effects that only their place in the trace shows; what lies below an llm or MCP client span is not told apart',
  'missing_* on a span that has a parent and no attribution of its own: an ancestor may have what it lacks',
  'orphan_effect below the root: whether an agent stands above is not known',
  'a decision that another convention records on a span of its own: what it is of stands above, below or beside it',
]
