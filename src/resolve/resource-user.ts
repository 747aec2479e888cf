import type { Attributes } from '../model/span.ts'
import { LOGIN_KEY } from '../recognize/dialects/fact-keys.ts'
import { isPlaceholder } from '../identity/identity.ts'
import { factOf, nameIn } from '../base/attribute-value.ts'

/**
 * The user on the resource of a program that one person works with. VS Code's Copilot Chat and command-line coding
 * tools write there who their administrator or they themselves know. For a service it would be nobody who asks, so
 * anything else that says who asked overrides it. An id and an address are put there on purpose. A login isn't:
 * detectors and host agents also write it for the account that a program runs as (as `process.owner` and
 * `process.user.name`, which are never read). So it counts only if nothing shows that the machine runs on its own, or
 * if the program is known to be a person's tool.
 */
export function userOnResource(attributes: Attributes): string | undefined {
  if (!USERS.has(attributes)) USERS.set(attributes, userIn(attributes))
  return USERS.get(attributes)
}

/** Thousands of spans share one resource. */
const USERS = new WeakMap<Attributes, string | undefined>()

function userIn(attributes: Attributes): string | undefined {
  for (const key of RESOURCE_USER_KEYS) {
    const user = nameIn(attributes[key])
    if (user !== undefined) return user
  }
  const login = factOf(attributes[LOGIN_KEY])
  return login === undefined || !isPersons(login, attributes) ? undefined : login
}

export const RESOURCE_USER_KEYS = ['user.id', 'user.email'] as const

function isPersons(login: string, attributes: Attributes): boolean {
  if (isPlaceholder(login) || MACHINE_LOGIN.test(login)) return false
  const service = factOf(attributes['service.name'])
  if (service !== undefined && TOOL_OF_ONE.test(service)) return true
  return !Object.keys(attributes).some((key) => OF_A_MACHINE.test(key))
}

/** RE2 supports these three. The second one is also matched with the JSON text of a resource. */
export const TOOL_OF_ONE =
  /^(?:github[-_ ])?copilot|^(?:claude|codex|gemini[-_]cli|qwen[-_]code|cursor|cline|opencode|goose|aider|crush|kiro|windsurf)(?:[-_ ]|$)/iu
/** What a host, container or cloud detector writes. */
export const OF_A_MACHINE =
  /(?:^|")(?:host|k8s|container|faas|cloud|aws|gcp|azure|heroku|process\.(?:owner|user))(?:\.|"|$)/u
/** Accounts that programs run as. */
export const MACHINE_LOGIN =
  /^(?:app|daemon|deploy|ec2-user|jenkins|nginx|node|nobody|nonroot|postgres|runner|service|ubuntu|vscode|www-data|_.*)$/iu
