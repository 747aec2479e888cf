import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import Provider from 'oidc-provider'
import type { SigningKey } from './signed.ts'

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
/** A resource whose tokens are JWTs, and one whose tokens are opaque. */
export const MAIL_API = 'https://mail.example'
export const OPAQUE_API = 'https://legacy.example'

/** A client of the server. Its secret is its name, twice. */
export const AGENT = 'report-assistant'

/**
 * A real authorization server on loopback: client credentials, token exchange that adds the client as the actor (RFC
 * 8693), introspection (RFC 7662), and keys that rotate.
 */
export class AuthorizationServer {
  readonly #server: Server
  readonly issuer: string
  #answer: RequestListener = (_, response) => response.writeHead(503).end()
  keyRequests = 0

  private constructor(server: Server) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => {
      if (request.url === '/jwks') this.keyRequests += 1
      this.#answer(request, response)
    })
  }

  static async start(...keys: readonly SigningKey[]): Promise<AuthorizationServer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const started = new AuthorizationServer(server)
    started.rotate(...keys)
    return started
  }

  /** Signs with the first of these keys from now on, and publishes them all. */
  rotate(...keys: readonly SigningKey[]): void {
    const provider = new Provider(this.issuer, configuration(keys))
    const parameters = ['subject_token', 'subject_token_type', 'resource', 'scope']
    provider.registerGrantType(EXCHANGE, exchange, parameters)
    this.#answer = provider.callback()
  }

  /** The token that a grant brings. */
  async token(form: Readonly<Record<string, string>>, client = AGENT): Promise<string> {
    const answer = await this.#post('/token', form, client)
    if (typeof answer['access_token'] !== 'string') throw new Error(JSON.stringify(answer))
    return answer['access_token']
  }

  async introspect(token: string): Promise<Readonly<Record<string, unknown>>> {
    return await this.#post('/token/introspection', { token }, AGENT)
  }

  async #post(
    path: string,
    form: Readonly<Record<string, string>>,
    client: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const authorization = `Basic ${Buffer.from(`${client}:${client}${client}`).toString('base64')}`
    const body = new URLSearchParams(form)
    const response = await fetch(`${this.issuer}${path}`, { method: 'POST', headers: { authorization }, body })
    return (await response.json()) as Readonly<Record<string, unknown>>
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function configuration(keys: readonly SigningKey[]): object {
  const resource = (identifier: string) => ({
    audience: identifier,
    scope: 'mail.send mail.read',
    accessTokenFormat: identifier === OPAQUE_API ? 'opaque' : 'jwt',
    ...(identifier === OPAQUE_API ? {} : { jwt: { sign: { alg: keys[0]?.alg, kid: keys[0]?.kid } } }),
  })
  return {
    jwks: { keys: keys.map((key) => ({ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid, use: 'sig' })) },
    scopes: ['mail.send', 'mail.read'],
    clients: ['chat', AGENT].map((name) => ({
      client_id: name,
      client_secret: `${name}${name}`,
      grant_types: ['client_credentials', EXCHANGE],
      redirect_uris: [],
      response_types: [],
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => MAIL_API,
        getResourceServerInfo: (_: unknown, identifier: string) => resource(identifier),
      },
    },
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256', 'Ed25519'] },
    clientDefaults: { id_token_signed_response_alg: keys[0]?.alg },
    extraTokenClaims: (_: unknown, token: { readonly claims?: object }) => token.claims,
    ttl: { AccessToken: 600, ClientCredentials: 600 },
    cookies: { keys: ['test'] },
  }
}

/**
 * The client acts for the user of the subject token, and joins the actors that the token names. The token was made by
 * the test, which plays the login; a real server would check it.
 */
const exchange: Parameters<Provider['registerGrantType']>[1] = async (ctx) => {
  const { provider, client, params } = ctx.oidc
  const subject = decodeJwt(params['subject_token'] ?? '')
  const resource = params['resource'] ?? MAIL_API
  const server = new provider.ResourceServer(resource, {
    audience: resource,
    scope: 'mail.send mail.read',
    accessTokenFormat: resource === OPAQUE_API ? 'opaque' : 'jwt',
  })
  const act = { sub: client.clientId, ...(subject['act'] === undefined ? {} : { act: subject['act'] }) }
  const token = new provider.AccessToken({
    accountId: subject.sub,
    client,
    gty: 'token_exchange',
    scope: params['scope'],
    claims: { act },
    resourceServer: server,
  })
  ctx.body = { access_token: await token.save(), token_type: 'Bearer', issued_token_type: 'x', expires_in: 600 }
}
