import { factOf } from '../base/attribute-value.ts'
import { isPlaceholder } from '../identity/identity.ts'
import type { Attributes } from '../model/span.ts'
import { USER_KEYS } from './dialects/fact-keys.ts'

/**
 * The user that an agent's own span names under a key that no vendor is known for, such as `acme.user_id`. Undefined if
 * several keys disagree. The key's other words must not speak against it: the user may be the one that is acted on
 * (`target.user.id`), that a tool is passed or returns (`args.user_id`) or that a caller claims in a header, the owner of
 * a key, of the agent or of a record (`order.user_id`), an account of a machine, or a user that monitoring counts.
 */
export function likelyUser(attributes: Attributes): string | undefined {
  let found: string | undefined
  for (const key in attributes) {
    if (!USER_ID.test(key) || USER_KEYS.has(key) || SOMEBODY_ELSE.test(qualifierOf(key))) continue
    const user = factOf(attributes[key])
    if (user === undefined || NO_ID.test(user) || isPlaceholder(user)) continue
    if (found !== undefined && found !== user) return undefined
    found = user
  }
  return found
}

/** The key's other words, with `appTarget` as `app_Target`. */
function qualifierOf(key: string): string {
  return key.replace(USER_ID, '').replaceAll(/(?<=[a-z])(?=[A-Z])/gu, '_')
}

/** Says whether there is a user, or that there is none. */
const NO_ID = /^(?:true|false|0|-\d+)$/iu

/** How such a key ends. */
const USER_ID = /(?:^|[._-])(?:end[._-]?)?user(?:[._-]?id|I[dD])$|(?<=[a-z])User[._-]?I[dD]$/u

const SOMEBODY_ELSE = new RegExp(
  `(?:^|[._-])(?:${[
    'about|affected|assigned|assignee|deleted|for|impersonated|invited|managed|new|old|previous|recipient|removed',
    'reported|requested|searched|selected|subject|target|to|viewed',
    'arg|args|argument|arguments|body|input|inputs|output|outputs|param|params|parameter|parameters|payload|query',
    'lookup|response|result|results|search',
    'cookie|header|headers|http|rpc|webhook|last|first|next|sender|from',
    'book|booking|cart|case|comment|commit|customer|document|event|file|invoice|issue|item|job|lead|merge|message',
    'order|payment|post|product|profile|project|pull|purchase|record|refund|repo|repository|row|subscription|ticket',
    'transaction|deploy|deployment|git|github|gitlab|jira|linear|slack|stripe|zendesk',
    'child|contact|employee|friend|invitee|manager|member|mentioned|other|parent|patient|victim',
    'account|api|api_?key|author|created|created_by|creator|credential|key|maintainer|owner|token',
    'agent|aws|azure|bot|cloud|container|db|database|gcp|host|k8s|machine|os|process|service|system',
    'datadog|dd|monitor|monitoring|newrelic|rum|sentry|synthetic|synthetics|test|usr',
    'approver|admin|moderator|operator|reviewer|support',
  ].join('|')})(?:[._-]|$)`,
  'iu',
)
