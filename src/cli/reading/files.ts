import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileReason } from '../file-reason.ts'
import { readSpans } from './input.ts'
import type { InputProblem } from './input.ts'

/**
 * The files that are meant: a directory stands for the OTLP JSON files in it, rotated and gzipped ones too, in the order
 * of the first span of each, so that a trace which goes on from one file to the next is met in one go.
 */
export async function filesIn(
  paths: readonly string[],
  onProblem: (problem: InputProblem) => void,
): Promise<readonly string[]> {
  const files: string[] = []
  for (const path of paths) {
    if (path === '-' || !isDirectory(path)) files.push(path)
    else files.push(...(await inOrderOfTime(path, onProblem)))
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

/** As exporters, log rotation and people name them: `traces.jsonl`, `traces-2026-11-24.json.gz`, `traces.jsonl.3`. */
const OTLP_NAME = /^[^.].*\.(?:json|jsonl|ndjson|otlp)(?:[.-][\w.:-]+)?$|^[^.].*\.gz$/iu

async function inOrderOfTime(
  directory: string,
  onProblem: (problem: InputProblem) => void,
): Promise<readonly string[]> {
  const found: { readonly file: string; readonly start: number }[] = []
  const entries = entriesOf(directory, onProblem)
  if (entries === undefined) return []
  for (const entry of entries) {
    const file = join(directory, entry)
    if (OTLP_NAME.test(entry) && !isDirectory(file)) found.push({ file, start: await startOf(file) })
  }
  const reason =
    'this directory holds no OTLP JSON files (*.json, *.jsonl, *.gz); name those that it holds in others, or by other names'
  if (found.length === 0) onProblem({ file: directory, line: 0, reason })
  return found.toSorted((a, b) => a.start - b.start || (a.file < b.file ? -1 : 1)).map(({ file }) => file)
}

function entriesOf(directory: string, onProblem: (problem: InputProblem) => void): readonly string[] | undefined {
  try {
    return readdirSync(directory)
  } catch (error) {
    onProblem({ file: directory, line: 0, reason: fileReason(error) })
    return undefined
  }
}

/** In seconds; 0 where the file has no span with a time. What cannot be read is reported when it is read for good. */
async function startOf(file: string): Promise<number> {
  for await (const { startTime } of readSpans(file, () => {})) return startTime[0] + startTime[1] / 1e9
  return 0
}
