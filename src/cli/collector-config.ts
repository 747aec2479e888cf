import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { VERSION } from '../model/version.ts'
import { collectorConfiguration, VARIANTS } from '../rules/collector/configuration.ts'
import type { CollectorOptions, Variant } from '../rules/collector/configuration.ts'
import { loadPolicyOptions } from './policy.ts'
import { printable } from './text.ts'
import { UsageError } from './usage-error.ts'

interface Options {
  readonly policy?: string
  readonly profile?: string
  readonly variant: string
  readonly inherit?: boolean
  readonly out?: string
}

/** Adds `onbehalf collector-config`: the same policy as a configuration of the OpenTelemetry Collector. */
export function addCollectorConfig(program: Command): void {
  program
    .command('collector-config')
    .description('write the OpenTelemetry Collector configuration that judges by the same policy')
    .option('--policy <file>', 'policy file, YAML or JSON')
    .option('--profile <name>', 'observe, standard or strict; goes before the policy file')
    .option('--variant <name>', VARIANTS.join(', '), 'otelcol')
    .option(
      '--inherit',
      'let the spans of one trace and service share principal and intent; costs delay, memory and loss',
    )
    .option('--out <dir>', 'write every variant into a folder instead of printing one')
    .addHelpText('after', EXAMPLES)
    .action(run)
}

const EXAMPLES = `
Examples:
  $ onbehalf collector-config > otelcol.yaml
  $ onbehalf collector-config --policy policy.yaml --out collector-config
  $ otelcol validate --config otelcol.yaml`

function run({ policy, profile, variant, inherit, out }: Options): void {
  const chosen = variantOf(variant)
  const options = { policy: loadPolicyOptions(policy, profile), version: VERSION, inherit: inherit === true }
  if (inherit === true && chosen !== 'otelcol') throw new UsageError('--inherit goes with the variant otelcol alone')
  if (out === undefined) process.stdout.write(collectorConfiguration(chosen, options))
  else writeAll(out, options)
}

function variantOf(name: string): Variant {
  const variant = VARIANTS.find((known) => known === name)
  if (variant !== undefined) return variant
  throw new UsageError(`--variant takes one of ${VARIANTS.join(', ')}; not "${printable(name)}"`)
}

function writeAll(folder: string, options: CollectorOptions): void {
  try {
    mkdirSync(folder, { recursive: true })
    for (const variant of VARIANTS)
      writeFileSync(join(folder, `${variant}.yaml`), collectorConfiguration(variant, options))
  } catch (error) {
    throw new UsageError(`cannot write: ${error instanceof Error ? error.message : String(error)}`)
  }
}
