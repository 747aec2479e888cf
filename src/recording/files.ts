import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileReason } from '../base/file-reason.ts'
import { HEAD_BYTES, looksRecorded, readBatches } from './input.ts'
import type { InputProblem } from './input.ts'

/** Where it is told what cannot be read, and what is not read although nothing is wrong with it. */
export interface FileListener {
  add(problem: InputProblem): void
  note(file: string, words: string): void
}

/**
 * The files that are meant: a directory stands for the traces in it, in whatever form and however they are named, in the
 * order of the first span of each, so that a trace which goes on from one file to the next is met in one go. What else is
 * in the directory, and not hidden, is noted.
 */
export async function filesIn(paths: readonly string[], listener: FileListener): Promise<readonly string[]> {
  const files: string[] = []
  for (const path of paths) {
    if (path === '-' || !isDirectory(path)) files.push(path)
    else files.push(...(await inOrderOfTime(path, listener)))
  }
  return files
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Why it cannot be read is told when it is read.
    return false
  }
}

/** What is named like traces and is none is a problem: `traces.jsonl`, `traces-2026-11-24.json.gz`, `traces.jsonl.3`. */
const OTLP_NAME = /^[^.].*\.(?:json|jsonl|ndjson|otlp)(?:[.-][\w.:-]+)?$|^[^.].*\.gz$/iu

async function inOrderOfTime(directory: string, listener: FileListener): Promise<readonly string[]> {
  const entries = entriesOf(directory, listener)
  if (entries === undefined) return []
  const found: { readonly file: string; readonly start: number }[] = []
  const others: string[] = []
  for (const entry of entries) {
    if (entry.startsWith('.')) continue
    const file = join(directory, entry)
    const sort = sortOf(file)
    const start = sort === 'file' ? await startSeconds(file) : undefined
    if (start !== undefined || (sort !== 'other' && isMeant(file, entry))) found.push({ file, start: start ?? 0 })
    else others.push(entry)
  }
  if (found.length === 0) listener.add({ file: directory, line: 0, reason: NO_TRACES })
  else if (others.length > 0) listener.note(directory, passedOver(others))
  return found.toSorted((a, b) => a.start - b.start || (a.file < b.file ? -1 : 1)).map(({ file }) => file)
}

/** Where it holds nothing that can be read, that is a problem. */
function isMeant(file: string, name: string): boolean {
  return OTLP_NAME.test(name) || looksRecorded(headOf(file))
}

function headOf(file: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
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

const NO_TRACES = 'this directory holds no file of traces; name the files, or the directories in it'

const MAX_NAMED = 5

function passedOver(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(', ')
  const more = names.length > MAX_NAMED ? ', ...' : ''
  return `passed over, for it begins with no traces: ${shown}${more}`
}

function entriesOf(directory: string, listener: FileListener): readonly string[] | undefined {
  try {
    return readdirSync(directory).toSorted()
  } catch (error) {
    listener.add({ file: directory, line: 0, reason: fileReason(error) })
    return undefined
  }
}

/** A pipe or a device would be waited for. */
function sortOf(path: string): 'file' | 'other' | 'unreadable' {
  try {
    return statSync(path).isFile() ? 'file' : 'other'
  } catch {
    return 'unreadable'
  }
}

/** Pieces of a file that are looked at for a span: more of it than any document that is held. */
const MAX_PIECES = 200

/**
 * When the first span of the file started, in seconds. Undefined where its beginning shows none. What cannot be read is
 * reported when it is read for good.
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
