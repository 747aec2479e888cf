import type { Attributes } from '../model/span.ts'
import { LOGIN_KEY } from '../recognize/dialects/fact-keys.ts'
import { isPlaceholder } from '../identity/identity.ts'
import { factOf } from '../base/attribute-value.ts'

/**
 * The user on the resource of a program that one person works with: VS Code's Copilot Chat and the coding tools on the
 * command line write there whom their administrator or they themselves know. Of a service it would be nobody who asks,
 * so that everything that says who asked goes before it. An id and an address are put there on purpose. A login is not:
 * it is also what detectors and agents of hosts write of the account that a program runs as (as `process.owner` and
 * `process.user.name` do, which are never read), so that it counts only where nothing shows a machine of its own, or
 * where the program is known to be somebody's tool.
 */
export function userOnResource(attributes: Attributes): string | undefined {
  if (!USERS.has(attributes)) USERS.set(attributes, userIn(attributes))
  return USERS.get(attributes)
}

/** Thousands of spans share one resource. */
const USERS = new WeakMap<Attributes, string | undefined>()

function userIn(attributes: Attributes): string | undefined {
  for (const key of RESOURCE_USER_KEYS) {
    const user = factOf(attributes[key])
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

/** RE2 knows these three; the second one is also held against the JSON text of a resource. */
export const TOOL_OF_ONE =
  /^(?:github[-_ ])?copilot|^(?:claude|codex|gemini[-_]cli|qwen[-_]code|cursor|cline|opencode|goose|aider|crush|kiro|windsurf)(?:[-_ ]|$)/iu
/** What a detector of a host, a container or a cloud writes. */
export const OF_A_MACHINE =
  /(?:^|")(?:host|k8s|container|faas|cloud|aws|gcp|azure|heroku|process\.(?:owner|user))(?:\.|"|$)/u
/** Accounts that programs run as. */
export const MACHINE_LOGIN =
  /^(?:app|daemon|deploy|ec2-user|jenkins|nginx|node|nobody|nonroot|postgres|runner|service|ubuntu|vscode|www-data|_.*)$/iu
