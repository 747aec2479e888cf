import { readFileSync } from 'node:fs'
import { createPolicy, PROFILES } from '../rules/policy.ts'
import type { Policy, PolicyOptions, Profile } from '../rules/policy.ts'
import { formatPolicyErrors, parsePolicy } from '../rules/policy-file.ts'
import { UsageError } from './usage-error.ts'

/** The policy of `file`, or the default one; `profile` goes before the file's. Throws a `UsageError` with every error. */
export function loadPolicy(file: string | undefined, profile: string | undefined): Policy {
  return createPolicy(loadPolicyOptions(file, profile))
}

/** As `loadPolicy`, before the defaults are settled. */
export function loadPolicyOptions(file: string | undefined, profile: string | undefined): PolicyOptions {
  const options = file === undefined ? {} : readPolicy(file)
  return { ...options, ...(profile === undefined ? {} : { profile: profileOf(profile) }) }
}

function readPolicy(file: string): PolicyOptions {
  const parsed = parsePolicy(textOfFile(file))
  if (parsed.ok) return parsed.options
  throw new UsageError(formatPolicyErrors(file, parsed.errors).join('\n'))
}

function textOfFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read the policy file: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function profileOf(name: string): Profile {
  const profile = PROFILES.find((known) => known === name)
  if (profile === undefined) throw new UsageError(`"${name}" is no profile; known are ${PROFILES.join(', ')}`)
  return profile
}
