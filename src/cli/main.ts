#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { VERSION } from '../model/version.ts'
import { addAudit } from './audit.ts'
import { addCollectorConfig } from './collector-config.ts'
import { addDemo } from './demo.ts'
import { addExplain } from './explain.ts'
import { UsageError } from './usage-error.ts'

const USAGE_EXIT = 2

const program = new Command('onbehalf')
  .description('Attribution for AI agents on OpenTelemetry: who asked, what acted, through what, and why.')
  .version(VERSION)
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()

addAudit(program)
addExplain(program)
addDemo(program)
addCollectorConfig(program)

// A reader that has seen enough, such as head, closes the pipe: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`)
    return USAGE_EXIT
  }
  throw error
}
