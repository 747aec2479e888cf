import { createPolicy, PROFILES } from '../../policy/policy.ts'
import type { Policy, PolicyOptions, Profile } from '../../policy/policy.ts'
import { formatPolicyErrors, parsePolicy } from '../../policy/policy-file.ts'
import { readTextFile } from './text-file.ts'
import { UsageError } from './usage-error.ts'

/** The policy in `file`, or the default one. `profile` overrides the file's. Throws a `UsageError` with every error. */
export function loadPolicy(file: string | undefined, profile: string | undefined): Policy {
  return createPolicy(loadPolicyOptions(file, profile))
}

/** Like `loadPolicy`, before defaults are applied. */
export function loadPolicyOptions(file: string | undefined, profile: string | undefined): PolicyOptions {
  const options = file === undefined ? {} : readPolicy(file)
  return { ...options, ...(profile === undefined ? {} : { profile: profileOf(profile) }) }
}

function readPolicy(file: string): PolicyOptions {
  const parsed = parsePolicy(readTextFile('the policy file', file))
  if (parsed.ok) return parsed.options
  throw new UsageError(formatPolicyErrors(file, parsed.errors).join('\n'))
}

function profileOf(name: string): Profile {
  const profile = PROFILES.find((known) => known === name)
  if (profile === undefined) throw new UsageError(`unknown profile "${name}"; known are ${PROFILES.join(', ')}`)
  return profile
}
