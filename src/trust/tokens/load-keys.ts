import { readFile, stat } from 'node:fs/promises'
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import { fileReason } from '../../base/file-reason.ts'
import { MAX_KEYS } from '../../policy/issuer-schema.ts'
import type { PublicKeys } from '../../policy/token-issuer.ts'
import { KeysUnavailable } from './refreshed-keys.ts'
import { isObject, member } from './strict-json.ts'

const TIMEOUT_SECONDS = 5
const MAX_BYTES = 512 * 1024

/** What the SDK looks for: keys are fetched for us, and no span of the app's trace is about that. */
const SUPPRESSED = ROOT_CONTEXT.setValue(createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true)

/** Fetches a JWK Set: within five seconds and 512 KiB, and from nowhere else than the URL. */
export async function fetchKeys(url: URL): Promise<PublicKeys> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1000)
    const headers = { accept: 'application/jwk-set+json, application/json' }
    const response = await context.with(SUPPRESSED, () => fetch(url, { headers, signal, redirect: 'manual' }))
    if (response.status !== 200) {
      await response.body?.cancel()
      const redirects = response.status >= 300 && response.status < 400
      throw new KeysUnavailable(
        redirects ? 'the URL redirects, which is not followed' : `the URL answers with status ${response.status}`,
      )
    }
    return keysIn(await boundedText(response.body))
  } catch (error) {
    throw error instanceof KeysUnavailable ? error : new KeysUnavailable(networkReason(error))
  }
}

/** Reads a JWK Set from a file of at most 512 KiB. */
export async function readKeys(path: string | URL): Promise<PublicKeys> {
  try {
    const found = await stat(path)
    // To open a pipe would wait for whoever writes into it.
    if (!found.isFile()) throw new KeysUnavailable('this is not a file')
    if (found.size > MAX_BYTES) throw new KeysUnavailable(TOO_LARGE)
    return keysIn(await readFile(path, 'utf8'))
  } catch (error) {
    throw error instanceof KeysUnavailable ? error : new KeysUnavailable(fileReason(error))
  }
}

const TOO_LARGE = `there are more than ${MAX_BYTES / 1024} KiB of them`

async function boundedText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BYTES) throw new KeysUnavailable(TOO_LARGE)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function keysIn(text: string): PublicKeys {
  const keys = member(parsed(text), 'keys')
  if (!Array.isArray(keys)) throw new KeysUnavailable('this is not a JWK Set { "keys": [...] }')
  if (keys.length > MAX_KEYS) throw new KeysUnavailable(`there are more than ${MAX_KEYS} of them`)
  return { keys: keys as PublicKeys['keys'] }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    throw new KeysUnavailable('this is not JSON')
  }
}

/** A code of the system, such as ECONNREFUSED. Other texts may quote what the other side sent. */
function networkReason(error: unknown): string {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } }
  if (name === 'TimeoutError') return `there is no answer within ${TIMEOUT_SECONDS} seconds`
  const code = cause?.code
  return typeof code === 'string' && /^[A-Z_]{1,40}$/u.test(code) ? `the request fails (${code})` : 'the request fails'
}
