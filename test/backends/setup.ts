import type { TestProject } from 'vitest/node'
import { providePrograms } from './programs.ts'
import type { Provision } from './programs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    provision: Provision
  }
}

/** Provides the programs before any test. Throws where one is missing and that is not to be skipped. */
export default async function setup(project: TestProject): Promise<void> {
  const started = Date.now()
  const say = (line: string) => process.stderr.write(`[backends ${seconds(started)} s] ${line}\n`)
  const provision = await providePrograms(say)
  const missing = Object.entries(provision.missing).map(([name, reason]) => `  ${name}: ${reason}`)
  if (missing.length > 0) {
    const text = `Programs are missing:\n${missing.join('\n')}`
    if (isRequired()) throw new Error(text)
    process.stderr.write(`\n${'!'.repeat(80)}\n${text}\nEVERY TEST THAT NEEDS THEM IS SKIPPED.\n${'!'.repeat(80)}\n\n`)
  }
  project.provide('provision', provision)
}

function isRequired(): boolean {
  return process.env['CI'] === 'true' || process.env['ONBEHALF_BACKENDS'] === 'required'
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1_000).toFixed(0)
}
