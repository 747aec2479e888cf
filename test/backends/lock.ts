import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

const POLL_MS = 1_000

/**
 * Runs `work` while no other process holds `file`, which holds the id of the process that does; one whose process is
 * gone is taken over.
 */
export async function withLock(file: string, say: (line: string) => void, work: () => Promise<void>): Promise<void> {
  for (let isTold = false; !take(file); isTold = true) {
    if (!isTold) say(`waiting for another process that makes the same (${file})`)
    await wait(POLL_MS)
  }
  try {
    await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (!isHeld(file)) rmSync(file, { force: true })
    return false
  }
}

function isHeld(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch (error) {
    // Gone in between, it may already be held by another.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
