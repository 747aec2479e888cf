import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { ASSISTANT, KAI } from './scenario.ts'

/** The `iss` of its tokens. */
export const ISSUER = 'https://login.contoso.example'

export interface TokenIssuer {
  /** Where the assistant exchanges Kai's login for a token that names the assistant as its actor (RFC 8693). */
  readonly url: string
  /** Its public keys, as a JWK Set. */
  readonly keys: { readonly keys: readonly object[] }
  close(): void
}

/** Stands in for the company's identity provider: it knows Kai's login, and signs real tokens with a key of its own. */
export async function startTokenIssuer(login: string): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const key = { ...(await exportJWK(publicKey)), kid: 'demo-1', alg: 'ES256', use: 'sig' }
  const sign = () =>
    new SignJWT({ sub: KAI, act: { sub: ASSISTANT.id }, scope: 'mail.send', jti: 'grant-42' })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(ASSISTANT.id)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)
  const server = createServer((request, response) => {
    void tokenFor(request, login, sign).then(
      (token) => answer(response, token),
      () => answer(response, undefined),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/token`, keys: { keys: [key] }, close: () => server.close() }
}

function answer(response: ServerResponse, token: string | undefined): void {
  const body = token === undefined ? { error: 'invalid_grant' } : { access_token: token, token_type: 'Bearer' }
  response.writeHead(token === undefined ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function tokenFor(
  request: IncomingMessage,
  login: string,
  sign: () => Promise<string>,
): Promise<string | undefined> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return new URLSearchParams(body).get('subject_token') === login ? await sign() : undefined
}

/** Exchanges a login for a token. */
export async function exchanged(url: string, login: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: login,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      audience: ASSISTANT.id,
    }),
  })
  if (!response.ok) throw new Error(`the issuer answered ${response.status}`)
  return ((await response.json()) as { readonly access_token: string }).access_token
}
