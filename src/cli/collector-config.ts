import type { Command } from 'commander'
import { UsageError } from './usage-error.ts'

/** Adds `onbehalf collector-config`, which is yet to come and says so. */
export function addCollectorConfig(program: Command): void {
  program
    .command('collector-config')
    .description('the part of the same policy that the OpenTelemetry Collector takes (to come)')
    .action(() => {
      throw new UsageError('collector-config is yet to come; until then judge with onbehalf audit')
    })
}
