#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { VERSION } from '../model/version.ts'
import { addAudit } from './audit/audit.ts'
import { addCollectorConfig } from './collector-config/collector-config.ts'
import { addDemo } from './demo/demo.ts'
import { addExplain } from './explain/explain.ts'
import { addFindings } from './findings/findings.ts'
import { fileReason } from '../base/file-reason.ts'
import { printable } from './terminal/text.ts'
import { UsageError } from './terminal/usage-error.ts'

const USAGE_EXIT = 2

const program = new Command('onbehalf')
  .description('Attribution for AI agents on OpenTelemetry: who asked, what acted, through what, and why.')
  .version(VERSION)
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()
  .configureOutput({ writeErr: (text) => complain(text.trimEnd()) })

addAudit(program)
addExplain(program)
addFindings(program)
addDemo(program)
addCollectorConfig(program)

// A reader that has seen enough, such as head, closes the pipe. That isn't an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  complain(`standard output cannot be written: ${fileReason(error)}`)
  process.exit(USAGE_EXIT)
})
// If nobody reads the messages on stderr, the answer stays the same.
process.stderr.on('error', () => {})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT
  if (error instanceof UsageError) complain(error.message)
  else complain(`onbehalf failed because of a bug; please report it with this:\n${stackOf(error)}`)
  // Never 1, which means findings.
  return USAGE_EXIT
}

/** File names and the user's words may contain terminal control sequences. */
function complain(text: string): void {
  process.stderr.write(`${text.split('\n').map(printable).join('\n')}\n`)
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
