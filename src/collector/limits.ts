import type { FindingCode } from '../model/finding.ts'

/** What the Collector can't judge as the library and the audit do, by code, and why. */
export interface Limit {
  readonly codes: readonly FindingCode[]
  readonly reason: string
}

/** The only list: the heading of the configuration, the documentation and the parity test are made from it. */
export const LIMITS: readonly Limit[] = [
  {
    codes: [
      'principal_changed',
      'chain_truncated',
      'correlation_changed',
      'intent_changed',
      'edge_unbacked',
      'scope_widened',
    ],
    reason: 'compares a span with those above it, and OTTL sees one span at a time',
  },
  {
    codes: ['confusable_identity'],
    reason: 'needs the scripts of Unicode and its table of letters that look alike, and OTTL has neither',
  },
  {
    codes: ['record_conflict'],
    reason: 'compares two records of one span; of an attribute that is given twice, OTTL reads one value',
  },
  { codes: ['shared_credential'], reason: 'needs to remember who first used a credential, and OTTL keeps no state' },
  {
    codes: [
      'undelegated_token',
      'context_divergence',
      'stale_binding',
      'attribution_rewritten',
      'claim_contradicted',
      'token_passthrough',
      'carrier_invalid',
      'carrier_replayed',
      'chain_spliced',
    ],
    reason: 'only seen by a running process: kept if it came through the inside receiver from one that recorded it',
  },
]

/** Limits that don't affect a particular code. */
export const COARSE: readonly string[] = [
  'ids are compared without Unicode normalization (NFKC) and full case folding: full-width letters, composed accents, a German sharp s and a Greek final sigma stay different',
  'a dialect value that is JSON text in quotes and holds escapes; metadata that names two users in two places',
  'a text of more than 1,024 characters is kept whole on its span, where the audit shortens it, and is never shared',
  'a time in another form than ISO 8601, which the audit reads: it is compared with nothing',
  'a value that cannot be read, such as a list where an id belongs: it counts as a placeholder only if the facet is required',
  'aliases that are a function; a map of aliases works',
  "a user under a key that no vendor is known for, on an agent's own span: OTTL cannot look through the keys of a span",
  'effects that only their place in the trace shows; spans below an llm or MCP client span are not told apart',
  'missing_* on a span that has a parent and no attribution of its own: an ancestor may have what it lacks',
  'orphan_effect below the root: it is not known whether an agent is above',
  'a decision that another convention records on a span of its own: its act is above, below or beside it',
]
