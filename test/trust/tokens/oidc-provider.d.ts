/** As much of oidc-provider as the authorization server of the tests uses. It has no types of its own. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  interface Token {
    resourceServer: unknown
    scope: string | undefined
    /** What `extraTokenClaims` is asked about. */
    readonly extraOf?: unknown
    save(): Promise<string>
    readonly expiration: number
  }

  interface GrantContext {
    readonly oidc: {
      readonly provider: Provider
      readonly client: { readonly clientId: string }
      readonly params: Readonly<Record<string, string | undefined>>
    }
    body: unknown
  }

  export class Provider {
    constructor(issuer: string, configuration: object)
    readonly AccessToken: new (values: object) => Token
    readonly ResourceServer: new (identifier: string, data: object) => object
    registerGrantType(
      name: string,
      handler: (ctx: GrantContext, next: () => Promise<void>) => Promise<void>,
      parameters: readonly string[],
    ): void
    callback(): RequestListener
    on(event: string, listener: (...args: never[]) => void): this
  }

  export { Provider as default }
}
