import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { ATTR_PREFIX } from '../../model/names.ts'
import { VERSION } from '../../model/version.ts'
import { ALERT_SOURCES, alertRules } from '../../alerts/alert-rules.ts'
import type { AlertSource } from '../../alerts/alert-rules.ts'
import { collectorConfiguration, VARIANTS } from '../../collector/configuration.ts'
import type { CollectorOptions, Variant } from '../../collector/configuration.ts'
import { fileReason } from '../../base/file-reason.ts'
import { loadPolicyOptions } from '../terminal/policy.ts'
import { printable } from '../terminal/text.ts'
import { UsageError } from '../terminal/usage-error.ts'

interface Options {
  readonly policy?: string
  readonly profile?: string
  readonly variant: string
  readonly inherit?: boolean
  readonly out?: string
  readonly alerts?: string
  readonly pages?: string
}

/** Adds `onbehalf collector-config`: writes the same policy as an OpenTelemetry Collector configuration. */
export function addCollectorConfig(program: Command): void {
  program
    .command('collector-config')
    .description('write the OpenTelemetry Collector configuration that judges by the same policy')
    .option('--policy <file>', 'policy file, YAML or JSON')
    .option('--profile <name>', 'observe, standard or strict; overrides the policy file')
    .option('--variant <name>', VARIANTS.join(', '), 'otelcol')
    .option(
      '--inherit',
      'let the spans of one trace and service share principal and intent; costs delay, memory and loss',
    )
    .option('--alerts <source>', 'collector or sdk: print the Prometheus alerts on its counts instead')
    .option('--pages <url>', `where docs is served, for the links of the alerts (default: ${PAGES})`)
    .option('--out <dir>', 'write every variant and the alerts into a folder instead of printing one')
    .addHelpText('after', EXAMPLES)
    .action(run)
}

const EXAMPLES = `
Examples:
  $ onbehalf collector-config > otelcol.yaml
  $ onbehalf collector-config --policy policy.yaml --out collector-config
  $ otelcol validate --config otelcol.yaml
  $ onbehalf collector-config --alerts collector --pages https://runbooks.contoso.com/onbehalf/ > alerts.rules.yml`

/** Where the stack of docker-compose.yml serves the docs. */
const PAGES = 'http://localhost:9095/'

function run({ policy, profile, variant, inherit, out, alerts, pages }: Options): void {
  const chosen = variantOf(variant)
  const options = { policy: loadPolicyOptions(policy, profile), version: VERSION, inherit: inherit === true }
  if (inherit === true && chosen !== 'otelcol') throw new UsageError('--inherit only works with the variant otelcol')
  if (alerts !== undefined && out !== undefined)
    throw new UsageError('take --alerts or --out, not both: --out writes both')
  const isPaged = alerts !== undefined || out !== undefined
  if (pages !== undefined && !isPaged) throw new UsageError('--pages goes with --alerts or --out')
  const links = pagesOf(pages ?? PAGES)
  if (alerts !== undefined) process.stdout.write(alertRules({ source: sourceOf(alerts), pages: links }))
  else if (out === undefined) process.stdout.write(collectorConfiguration(chosen, options))
  else writeAll(out, options, links)
}

/** Throws a `UsageError`: a link that can't be followed doesn't help the person an alert wakes. */
function pagesOf(text: string): string {
  const url = URL.parse(text)
  if (
    url === null ||
    !/^https?:$/u.test(url.protocol) ||
    `${url.search}${url.hash}${url.username}${url.password}` !== ''
  ) {
    throw new UsageError('--pages takes the URL of a folder, such as https://runbooks.contoso.com/onbehalf/')
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`
}

function sourceOf(name: string): AlertSource {
  const source = ALERT_SOURCES.find((known) => known === name)
  if (source !== undefined) return source
  throw new UsageError(`--alerts takes one of ${ALERT_SOURCES.join(', ')}, not "${printable(name)}"`)
}

function variantOf(name: string): Variant {
  const variant = VARIANTS.find((known) => known === name)
  if (variant !== undefined) return variant
  throw new UsageError(`--variant takes one of ${VARIANTS.join(', ')}, not "${printable(name)}"`)
}

/** One file per counter. */
const RULE_FILES: Readonly<Record<AlertSource, string>> = {
  collector: `${ATTR_PREFIX}rules.yml`,
  sdk: `${ATTR_PREFIX}sdk.rules.yml`,
}

function writeAll(folder: string, options: CollectorOptions, pages: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    for (const variant of VARIANTS)
      writeFileSync(join(folder, `${variant}.yaml`), collectorConfiguration(variant, options))
    for (const source of ALERT_SOURCES) writeFileSync(join(folder, RULE_FILES[source]), alertRules({ source, pages }))
  } catch (error) {
    throw new UsageError(`cannot write into ${folder}: ${fileReason(error)}`)
  }
}
