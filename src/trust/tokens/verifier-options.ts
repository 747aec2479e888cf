import { accessSync, constants } from 'node:fs'
import * as v from 'valibot'
import { fileReason } from '../../base/file-reason.ts'
import { AttributionConfigError } from '../../policy/config-error.ts'
import { ISSUERS } from '../../policy/issuer-schema.ts'
import { fields, nameOf, pathText, problemOf } from '../../policy/schema-parts.ts'
import type { TokenIssuer } from '../../policy/token-issuer.ts'
import { placeOf } from './key-places.ts'

export interface TokenVerifierOptions {
  /** Whose tokens are accepted, and how they are checked. Default: the `issuers` of the policy in force. */
  readonly issuers?: readonly TokenIssuer[]
  /** How far the clocks of this machine and of an issuer may differ, in seconds: at most 60. Default: 5. */
  readonly clockTolerance?: number
}

/** Options that were checked. */
export interface VerifierSettings {
  readonly issuers: readonly TokenIssuer[] | undefined
  readonly clockTolerance: number
}

const DEFAULT_TOLERANCE = 5
const MAX_TOLERANCE = 60
const BOUNDS = `clockTolerance has to be 0 to ${MAX_TOLERANCE} seconds`

const OPTIONS = fields('options', {
  issuers: v.optional(v.pipe(ISSUERS, v.minLength(1, 'issuers has to list at least one'))),
  clockTolerance: v.optional(
    v.pipe(
      v.number(({ input }) => `clockTolerance has to be a number of seconds, not ${nameOf(input)}`),
      v.minValue(0, BOUNDS),
      v.maxValue(MAX_TOLERANCE, BOUNDS),
    ),
  ),
})

/** Throws one `AttributionConfigError` that names every bad field. */
export function checkVerifierOptions(options: unknown): VerifierSettings {
  const { issuers, clockTolerance = DEFAULT_TOLERANCE } = parsed(options)
  const problems = (issuers ?? []).flatMap(({ jwks }, index) => fileProblem(jwks, index) ?? [])
  if (problems.length > 0) throw new AttributionConfigError(problems)
  return { issuers, clockTolerance }
}

function parsed(options: unknown): TokenVerifierOptions {
  try {
    const result = v.safeParse(OPTIONS, options ?? {})
    // What the app does with its objects later changes nothing. A URL can't be cloned.
    if (result.success) return copied(result.output as TokenVerifierOptions)
    throw new AttributionConfigError(result.issues.map(problemOf).map(({ path, message }) => told(path, message)))
  } catch (error) {
    throw error instanceof AttributionConfigError ? error : new AttributionConfigError(['options: cannot be read'])
  }
}

function copied({ issuers, ...others }: TokenVerifierOptions): TokenVerifierOptions {
  if (issuers === undefined) return others
  const plain = issuers.map((issuer) => ({
    ...issuer,
    jwks: issuer.jwks instanceof URL ? issuer.jwks.href : issuer.jwks,
  }))
  return { ...others, issuers: structuredClone(plain) }
}

function told(path: readonly (string | number)[], message: string): string {
  return path.length === 0 ? `options: ${message}` : `option ${pathText(path)}: ${message}`
}

/** A file has to be there when the process starts, and may be replaced later. */
function fileProblem(jwks: TokenIssuer['jwks'], index: number): string | undefined {
  const place = placeOf(jwks)
  if (typeof place !== 'string') return undefined
  try {
    accessSync(place, constants.R_OK)
    return undefined
  } catch (error) {
    return told(['issuers', index, 'jwks'], `${place} cannot be read: ${fileReason(error)}`)
  }
}
