import { randomUUID } from 'node:crypto'
import { accessSync, constants, lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileReason } from '../../base/file-reason.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { isBaseline } from './baseline.ts'

/**
 * Writes a baseline to a new file, or in place of another baseline. The file is always whole: it's written under another
 * name first. Throws a `UsageError` that says what to do, and doesn't touch any other file.
 */
export function writeBaseline(file: string, text: string): void {
  const known = checkedFile(file)
  const unfinished = join(dirname(file), `.${basename(file).slice(0, MAX_NAME)}.${randomUUID()}.tmp`)
  try {
    writeFileSync(unfinished, text, { flag: 'wx', ...(known === undefined ? {} : { mode: known.mode & PERMISSIONS }) })
    // It may have become something else while the audit ran.
    checkedFile(file)
    renameSync(unfinished, file)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error instanceof UsageError ? error : unwritable(file, fileReason(error))
  }
}

/** Throws a `UsageError` if the baseline can't be written. Called first: an audit may run long before it writes one. */
export function checkWritable(file: string): void {
  checkedFile(file)
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    throw unwritable(file, folderReason(error))
  }
}

const PERMISSIONS = 0o777
/** Leaves room for the rest of the name: file systems allow 255 bytes. */
const MAX_NAME = 40

/** The baseline that is there, or undefined if no file is. */
function checkedFile(file: string): Stats | undefined {
  const known = statusOf(file)
  if (known === undefined) return undefined
  if (known.isDirectory()) throw unwritable(file, 'this is a directory')
  if (known.isSymbolicLink()) throw unwritable(file, 'this is a symbolic link; name the file that it leads to')
  if (!known.isFile()) throw unwritable(file, 'this is not a file')
  if (known.size > 0 && !isBaseline(file))
    throw unwritable(file, 'what this file holds is no baseline and would be lost; name a new file')
  return known
}

function statusOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (error) {
    throw unwritable(file, folderReason(error))
  }
}

function folderReason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'its directory does not exist' : fileReason(error)
}

function unwritable(file: string, reason: string): UsageError {
  return new UsageError(`cannot write the baseline ${file}: ${reason}`)
}
