import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ASSISTANT } from './scenario.ts'
import { ISSUER } from './token-issuer.ts'
import type { TokenIssuer } from './token-issuer.ts'

/** What a service would find on its disk: a key to sign with, and whom policy trusts. */
export interface TrustFiles {
  /** The settings of the assistant, which checks tokens and signs. */
  readonly assistant: Readonly<Record<string, string>>
  /** The settings of the connector, which admits what the assistant signed. */
  readonly connector: Readonly<Record<string, string>>
  remove(): void
}

/** Writes them into a folder of their own. */
export function writeTrustFiles(issuer: TokenIssuer): TrustFiles {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-demo-'))
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const write = (name: string, content: object): string => {
    const path = join(folder, name)
    writeFileSync(path, JSON.stringify(content), { mode: 0o600 })
    return path
  }
  const kid = 'assistant-1'
  const issuers = [
    {
      issuer: ISSUER,
      jwks: issuer.keys,
      audience: ASSISTANT.id,
      algorithms: ['ES256'],
      profile: 'rfc8693',
      expressesActor: 'always',
    },
  ]
  const admit = [
    { signer: 'assistant', jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] }, as: 'verified' },
  ]
  return {
    assistant: {
      ONBEHALF_POLICY: write('assistant.policy.json', { issuers }),
      ONBEHALF_SIGNING_KEY: write('assistant.key.json', { ...privateKey.export({ format: 'jwk' }), kid }),
    },
    connector: { ONBEHALF_POLICY: write('mail-connector.policy.json', { boundary: { admit } }) },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
