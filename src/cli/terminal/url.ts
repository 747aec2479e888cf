/** A URL and the credentials that stood in it. */
export interface PlainUrl {
  /** Without user and password, which `fetch` doesn't take. */
  readonly url: URL
  /** For the header `authorization`. Undefined if the URL has neither user nor password. */
  readonly basic: string | undefined
}

/** Undefined if the text is no `http` or `https` URL, or its user or password isn't percent-encoded. */
export function plainUrlOf(text: string): PlainUrl | undefined {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/u.test(url.protocol)) return undefined
  const { username, password } = url
  url.username = ''
  url.password = ''
  if (username === '' && password === '') return { url, basic: undefined }
  const pair = decoded(`${username}:${password}`)
  return pair === undefined ? undefined : { url, basic: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Why `plainUrlOf` can't read a text that looks like a URL. Never repeats the text, which may hold a password. */
export const BAD_USER = 'a user or password in it has to be percent-encoded, with %25 for %'

/** The same text without percent-encoding. Undefined if that's malformed. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** A URL to be printed: a user, a password, a token in the query or a fragment stays out. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname === '/' ? '' : pathname}`
}
