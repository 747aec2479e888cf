import { closeSync, lstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileReason } from '../base/file-reason.ts'
import { readDocument } from '../forms/document.ts'
import { NO_TRACE } from '../forms/form.ts'
import { isForeign } from './held-problems.ts'
import { HEAD_BYTES, looksRecorded, readBatches } from './input.ts'
import type { InputProblem } from './input.ts'
import { parsed } from './parsed-json.ts'

/** Receives what can't be read, and what isn't read although nothing is wrong with it. */
export interface FileListener {
  add(problem: InputProblem): void
  note(file: string, words: string): void
}

/**
 * The files to read. A directory stands for the traces in it and in the directories below it, in any form and under any
 * name. They're sorted by the start of the first span in each, so that a trace that continues from one file to the next
 * is read in one go. Anything else in the directory is noted.
 */
export async function filesIn(paths: readonly string[], listener: FileListener): Promise<readonly string[]> {
  const files: string[] = []
  for (const path of paths) {
    if (path === '-' || !isDirectory(path)) files.push(path)
    else files.push(...(await inOrderOfTime(path, listener)))
  }
  return files
}

/** Whether a file or directory can be read a second time, unlike a pipe or standard input. */
export function isLasting(path: string): boolean {
  try {
    const status = statSync(path)
    return status.isFile() || status.isDirectory()
  } catch {
    return false
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Reading it later reports why it can't be read.
    return false
  }
}

/**
 * A file with such a name that doesn't hold traces is a problem: `traces.jsonl`, `traces-2026-11-24.json.gz`,
 * `traces.jsonl.3`.
 */
const OTLP_NAME = /^[^.].*\.(?:json|jsonl|ndjson|otlp)(?:[.-][\w.:-]+)?$|^[^.].*\.gz$/iu

async function inOrderOfTime(directory: string, listener: FileListener): Promise<readonly string[]> {
  const below = await tracesBelow(directory, listener)
  const { found, others, isUnread } = below
  const words = others === 0 ? '' : passedOver(below)
  if (found.length === 0 && !isUnread)
    listener.add({ file: directory, line: 0, reason: words === '' ? NO_TRACES : `${NO_TRACES}; ${words}` })
  else if (words !== '') listener.note(directory, words)
  return found.toSorted((a, b) => a.start - b.start || (a.file < b.file ? -1 : 1)).map(({ file }) => file)
}

interface Below {
  readonly found: { readonly file: string; readonly start: number }[]
  /** How much is passed over, and the first of it: the path in the directory, and why. */
  others: number
  readonly named: string[]
  /** Whether a directory couldn't be read, which was reported. */
  isUnread: boolean
}

/** A directory in a directory is read too, at most this many deep. */
const MAX_DEPTH = 8

/** Passes over what is hidden, and doesn't follow links to directories: they may lead back. */
async function tracesBelow(directory: string, listener: FileListener): Promise<Below> {
  const below: Below = { found: [], others: 0, named: [], isUnread: false }
  const open = ['']
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const entries = entriesOf(join(directory, folder), listener)
    if (entries === undefined) below.isUnread = true
    for (const entry of entries ?? []) {
      const path = join(folder, entry)
      const sort = sortOf(join(directory, path))
      const isOpened = sort === 'directory' && !entry.startsWith('.') && path.split(sep).length <= MAX_DEPTH
      if (isOpened) open.push(path)
      else await addFile(below, directory, { path, entry, sort })
    }
  }
  return below
}

interface Entry {
  readonly path: string
  readonly entry: string
  readonly sort: ReturnType<typeof sortOf>
}

async function addFile(below: Below, directory: string, { path, entry, sort }: Entry): Promise<void> {
  const file = join(directory, path)
  const why = passedOverFor(entry, sort)
  const start = why === undefined && sort === 'file' ? await startSeconds(file) : undefined
  if (why === undefined && (start !== undefined || isMeant(file, entry))) below.found.push({ file, start: start ?? 0 })
  else {
    below.others += 1
    if (below.named.length < MAX_NAMED) below.named.push(`${path} (${why ?? 'no traces at its beginning'})`)
  }
}

/** Why it isn't even looked into. */
function passedOverFor(entry: string, sort: Entry['sort']): string | undefined {
  if (entry.startsWith('.')) return 'hidden'
  if (sort === 'directory') return `more than ${MAX_DEPTH} directories deep`
  if (sort === 'linked directory') return 'a link to a directory'
  return sort === 'other' ? 'not a file' : undefined
}

/** If such a file holds nothing readable, that's a problem. */
function isMeant(file: string, name: string): boolean {
  if (looksRecorded(headOf(file, HEAD_BYTES))) return true
  return OTLP_NAME.test(name) && !isOtherJson(headOf(file, MAX_OTHER + 1))
}

/** A longer file isn't a settings file. */
const MAX_OTHER = 1024 * 1024

/** Whether a file is JSON from end to end and has nothing to do with traces, such as a `package.json`. */
function isOtherJson(bytes: Buffer): boolean {
  if (bytes.length > MAX_OTHER) return false
  const text = bytes.toString('utf8')
  const whole = parsed(text)
  if (whole === undefined || !isForeign(text)) return false
  const reasons: string[] = []
  readDocument(whole.value, ({ reason }) => reasons.push(reason))
  // Other reasons, such as for logs or an export of a product, say what to do about it.
  return reasons.length > 0 && reasons.every((reason) => reason === NO_TRACE)
}

function headOf(file: string, length: number): Buffer {
  const head = Buffer.alloc(length)
  try {
    const descriptor = openSync(file, 'r')
    try {
      return head.subarray(0, readSync(descriptor, head))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return head.subarray(0, 0)
  }
}

const NO_TRACES = 'there is no file of traces in this directory: name the files, or another directory'

const MAX_NAMED = 5

function passedOver({ others, named }: Below): string {
  const files = others === 1 ? '1 file' : `${others.toLocaleString('en-US')} files`
  return `${files} passed over: ${named.join(', ')}${others > named.length ? ', ...' : ''}`
}

function entriesOf(directory: string, listener: FileListener): readonly string[] | undefined {
  try {
    return readdirSync(directory).toSorted()
  } catch (error) {
    listener.add({ file: directory, line: 0, reason: fileReason(error) })
    return undefined
  }
}

/** Reading a pipe or a device would block. */
function sortOf(path: string): 'file' | 'directory' | 'linked directory' | 'other' | 'unreadable' {
  try {
    if (lstatSync(path).isDirectory()) return 'directory'
    const status = statSync(path)
    if (status.isDirectory()) return 'linked directory'
    return status.isFile() ? 'file' : 'other'
  } catch {
    return 'unreadable'
  }
}

/** How many pieces of a file to search for a span. That's more than any document that is held. */
const MAX_PIECES = 200

/**
 * When the first span of the file started, in seconds. Undefined if the beginning of the file has no span. What can't
 * be read is reported later, when the file is really read.
 */
async function startSeconds(file: string): Promise<number | undefined> {
  let pieces = 0
  for await (const spans of readBatches(file, () => {})) {
    for (const { startTime } of spans) return startTime[0] + startTime[1] / 1e9
    pieces += 1
    if (pieces === MAX_PIECES) return undefined
  }
  return undefined
}
