import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { AttributionConfigError, OPTIONS, resolveConfig } from '../../src/setup/config.ts'
import { FINDING_CODES, SEVERITIES } from '../../src/model/finding.ts'
import { MAX_ACTORS } from '../../src/base/bounded-chain.ts'
import { createPolicy, PROFILES, SUBJECTS } from '../../src/policy/policy.ts'
import type { Policy, Profile } from '../../src/policy/policy.ts'
import { formatPolicyErrors, parsePolicy } from '../../src/policy/policy-file.ts'
import { POLICY } from '../../src/policy/policy-schema.ts'
import { MAX_ENTRIES, MAX_TEXT, shortened } from '../../src/base/shortened.ts'
import { SDK_OPTIONS } from '../../src/setup/attribution.ts'
import { docstringOf, docstringsOf } from './docstrings.ts'
import { entriesOf, valuesOf } from './schema-words.ts'

const CONFIG = sourceOf('setup/config.ts')
const POLICIES = sourceOf('policy/policy.ts')

function sourceOf(path: string): string {
  return readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')
}

/**
 * Every option, variable and key of a policy. What they mean is what their docstrings say; defaults and complaints are
 * those that come out. Throws where one has no docstring or no example, or where an example is not taken.
 */
export function configurationPage(): string {
  return `# Configuration

Options of \`attribution()\`, \`AttributionSpanProcessor\` and \`AttributionSpanExporter\`; variables, which do the same for
\`onbehalf/register\`; and a policy file, which the processor, the audit and the Collector share. Everything has a default:
no setting has to be made.

An option goes before its variable, that before the policy file, and that before the default. A blank variable is unset.
A setting that cannot be used stops the process at start, and every bad one is named at once: \`attribution()\` and both
classes throw \`AttributionConfigError\` with \`problems\`, \`onbehalf/register\` prints them and ends with exit code 2, and so
do the commands, which take \`--policy\` and \`--profile\` and no \`ONBEHALF_POLICY\`. An unknown option is a mistake, and so is
a variable that looks like one of these misspelled.

## Options and variables

${OPTION_NAMES.map(optionSection).join('\n')}
### What NodeSDK takes

\`attribution()\` also takes what \`NodeSDK\` takes: ${SDK_OPTIONS.map(code).join(', ')}. Of these \`traceExporter\`,
\`spanProcessors\` and \`textMapPropagator\` are composed with ours: give them here and not beside the spread. The rest is
passed through. The two classes carry nothing: \`baggage\` has no effect on them.

### Other variables

| variable | of what |
|---|---|
${Object.entries(OTHER_VARIABLES).map(row).join('\n')}

\`OTEL_*\` is read as the SDK reads it; with one difference: where \`OTEL_EXPORTER_OTLP_PROTOCOL\` and
\`OTEL_EXPORTER_OTLP_TRACES_PROTOCOL\` are unset, spans go out as JSON over HTTP. The exporters of the environment
(\`OTEL_TRACES_EXPORTER\`, \`OTEL_BSP_*\`) are used where none is given, its propagators (\`OTEL_PROPAGATORS\`) where no
\`textMapPropagator\` is, its sampler and limits always unless NodeSDK is given some. In a bundle NodeSDK makes them, with
its own default ([deployment](deployment.md#bundled)). What is mistyped there is said on the diag logger, or as a warning
of the process where the app sets none.

### Limits

The limits that an app sets for its spans hold for what is written here, in code (\`spanLimits\`) or by \`OTEL_*\`: none of our
values is longer than \`attributeValueLengthLimit\`, in a list neither; findings as events, and the link of \`resume\`, take the
room that the app's own leave. One limit is exceeded: a stamp stands whole beyond \`attributeCountLimit\`.

Without any, a facet keeps ${MAX_TEXT.toLocaleString('en')} characters of each text, ${MAX_ENTRIES} entries of a list and ${MAX_ACTORS} actors of a chain, so that an id of a megabyte is
not copied to every span below. A longer text keeps its beginning, a mark \`…\` and the first hex digits of the SHA-256 of the
whole: \`${shortened('kai.with.a.very.long.name@department.contoso.com', 32)}\`. Two long ids that begin alike stay two, one that two services shorten stays one, and no
cut is taken for another identity. An id that is bound in code and longer than that is refused, and counts a fault. A hash or
a time that does not fit is left out.

## The policy file

YAML 1.2 or JSON; an empty file is the default policy.

\`\`\`yaml
${taken(POLICY_FILE)}\`\`\`

Every mistake is named with its line and path:

\`\`\`
${complaintsAbout('profile: stritc\nrequire:\n  effect: [decison]\nrules:\n  - require: [decision]\n')}
\`\`\`

${policyKeys()}
## Profiles

What spans of a kind must have, before \`require\` and \`rules\` add to it:

| kind | ${PROFILES.map(code).join(' | ')} |
|---|${PROFILES.map(() => '---|').join('')}
${SUBJECTS.map(requiredRow).join('\n')}

${PROFILES.map(profileLine).join('\n')}
`
}

const OPTION_NAMES = Object.keys(OPTIONS) as readonly (keyof typeof OPTIONS)[]

interface Sample {
  readonly option: unknown
  readonly variable: string
  /** What the variable cannot be. */
  readonly wrong: string
}

const FLAG: Sample = { option: true, variable: 'true', wrong: 'maybe' }

const SAMPLES: Readonly<Record<keyof typeof OPTIONS, Sample>> = {
  policy: { option: { require: { effect: ['decision'] } }, variable: 'policy.yaml', wrong: 'nowhere.yaml' },
  profile: { option: 'strict', variable: 'strict', wrong: 'lax' },
  findingAttributes: FLAG,
  findingEvents: FLAG,
  findingWarnings: FLAG,
  collapseAsError: FLAG,
  fillStandard: FLAG,
  zeroSeries: FLAG,
  baggage: {
    option: { hosts: ['mail.internal', '*.contoso.com'] },
    variable: 'mail.internal,*.contoso.com',
    wrong: 'https://mail.internal',
  },
}

function optionSection(name: keyof typeof OPTIONS): string {
  const { option, variable, wrong } = SAMPLES[name]
  resolveConfig({ [name]: option }, { env: {} })
  const variableName = OPTIONS[name].variable
  return `### \`${name}\`

${name === 'baggage' ? BAGGAGE : meaningOf(name)}

- option: ${code(`attribution(${literal({ [name]: option })})`)}
- variable: \`${variableName}=${variable}\`
- default: ${defaultOf(name)}
- a bad value: \`${variableName}=${wrong}\` gives \`${complaintAt({ [variableName]: wrong })}\`
`
}

const BAGGAGE = [docstringOf(CONFIG, 'BaggageOptions'), docstringsOf(CONFIG, 'BaggageOptions').get('hosts')].join(
  '\n\n',
)

function literal(value: unknown): string {
  const text = inspect(value, { breakLength: Infinity, depth: null })
  return text.replaceAll('[ ', '[').replaceAll(' ]', ']')
}

/** Without what is listed below it, which must be true all the same. */
function meaningOf(name: keyof typeof OPTIONS): string {
  const text = { ...Object.fromEntries(JUDGING), ...Object.fromEntries(COMPOSING) }[name]
  const said = new RegExp(` Variable: \`${OPTIONS[name].variable}\`[^.]*\\. Default: (?<said>[^.]*)\\.$`, 'u').exec(
    text ?? '',
  )
  if (text === undefined || said === null)
    throw new Error(`the docstring of ${name} does not end in variable and default`)
  if (said.groups?.['said']?.replaceAll('`', '') !== defaultOf(name).replaceAll('`', ''))
    throw new Error(`the docstring of ${name} says another default than ${defaultOf(name)}`)
  return text.slice(0, said.index)
}

const JUDGING = docstringsOf(CONFIG, 'JudgingOptions')
const COMPOSING = docstringsOf(CONFIG, 'Options')

function defaultOf(name: keyof typeof OPTIONS): string {
  const { policy, baggageHosts, ...flags } = resolveConfig({}, { env: {} })
  if (name === 'policy') return 'none'
  if (name === 'profile') return code(policy.profile)
  if (name === 'baggage') return baggageHosts === undefined ? 'off' : baggageHosts.join(', ')
  return code(String(flags[name]))
}

function complaintAt(env: Readonly<Record<string, string>>): string {
  try {
    resolveConfig({}, { env })
  } catch (error) {
    if (error instanceof AttributionConfigError) return error.problems.join('; ')
    throw error
  }
  throw new Error(`${JSON.stringify(env)} is taken`)
}

/** Variables of the commands and of the Collector, which no option of the library stands for. */
export const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  ONBEHALF_INSTRUMENTATIONS:
    '`onbehalf/register`: packages of instrumentations that it starts beside those that it finds, with commas between them ([more](deployment.md#more-instrumentations))',
  ONBEHALF_JAEGER_HEADERS:
    '`onbehalf explain --jaeger`: headers of its requests, `NAME: VALUE` with commas between them, as `--header` gives them',
  ONBEHALF_INSIDE_TOKEN:
    'the Collector that `onbehalf collector-config` configures: what services inside the boundary prove themselves with; no default, it does not start without ([more](collector.md#the-boundary))',
}

function row([name, text]: readonly [string, string]): string {
  return `| ${code(name)} | ${text} |`
}

const POLICY_FILE = `profile: standard
require:
  effect: [decision, correlation] # over and above the profile
assurance:
  principal: asserted # claimed is not enough
severities:
  missing_intent: high
rules:
  - tool: pay-*
    require: [authority]
  - agent: nightly-*
    autonomous: { owner: ops-team, trigger: cron }
aliases:
  kai@contoso.onmicrosoft.com: kai@contoso.com
facts:
  user: [app.user.id]
chain:
  max_depth: 8
`

function taken(policy: string): string {
  if (!parsePolicy(policy).ok) throw new Error(`${policy} is not taken`)
  return policy
}

/** An example and a mistake for each key; `[]` stands for a rule. */
const KEYS: Readonly<Record<string, readonly [example: string, wrong: string]>> = {
  profile: ['profile: strict', 'profile: lax'],
  require: ['require: { effect: [decision, correlation] }', 'require: { efect: [decision] }'],
  assurance: ['assurance: { principal: asserted }', 'assurance: { principal: certain }'],
  severities: ['severities: { missing_intent: high }', 'severities: { missing_intent: urgent }'],
  rules: ['rules: [{ tool: pay-*, require: [authority] }]', 'rules: [{ require: [authority] }]'],
  aliases: ['aliases: { kai@contoso.onmicrosoft.com: kai@contoso.com }', 'aliases: [kai@contoso.com]'],
  facts: ['facts: { user: [app.user.id] }', 'facts: { user: app.user.id }'],
  chain: ['chain: { max_depth: 4 }', 'chain: { max_depth: 0 }'],
  'rules[].tool': ['rules: [{ tool: pay-* }]', 'rules: [{ tool: 7 }]'],
  'rules[].agent': ['rules: [{ agent: nightly-* }]', "rules: [{ agent: '' }]"],
  'rules[].require': ['rules: [{ tool: pay-*, require: [authority] }]', 'rules: [{ tool: pay-*, require: authority }]'],
  'rules[].assurance': [
    'rules: [{ tool: pay-*, assurance: { principal: verified } }]',
    'rules: [{ tool: pay-*, assurance: verified }]',
  ],
  'rules[].allow': [
    'rules: [{ agent: mail-bot, allow: [actor_is_context] }]',
    'rules: [{ agent: mail-bot, allow: [actor_is_contxt] }]',
  ],
  'rules[].autonomous': [
    'rules: [{ agent: nightly-*, autonomous: { owner: ops-team, trigger: cron } }]',
    'rules: [{ agent: nightly-*, autonomous: { owner: ops-team } }]',
  ],
}

function policyKeys(): string {
  const top = keySections(POLICY, 'PolicyOptions', '')
  const rule = keySections(entriesOf(POLICY).get('rules'), 'PolicyRuleOptions', 'rules[].')
  const unknown = Object.keys(KEYS).filter((path) => ![...top, ...rule].some(([known]) => known === path))
  if (unknown.length > 0) throw new Error(`a policy has no ${unknown.join(', ')}`)
  return [...top, ...rule].map(([, section]) => section).join('\n')
}

function keySections(schema: unknown, name: string, prefix: string): readonly (readonly [string, string])[] {
  const meanings = docstringsOf(POLICIES, name)
  return [...entriesOf(schema)].map(([key, value]) => {
    const meaning = meanings.get(key)
    if (meaning === undefined) throw new Error(`${name} does not know ${key}`)
    return [`${prefix}${key}`, keySection(`${prefix}${key}`, meaning, valuesOf(value))]
  })
}

function keySection(path: string, meaning: string, values: string): string {
  const [example, wrong] = KEYS[path] ?? []
  const [, text, byDefault] = /^(?<text>.*) Default: (?<byDefault>.*)\.$/u.exec(meaning) ?? []
  if (example === undefined || wrong === undefined) throw new Error(`no example of ${path}`)
  if (text === undefined || byDefault === undefined)
    throw new Error(`the docstring of ${path} does not end in a default`)
  const real = DEFAULTS[path] ?? byDefault
  if (byDefault !== real) throw new Error(`the default of ${path} is ${real}`)
  return `### \`${path}\`

${text}

- takes: ${values}
- default: ${byDefault}
- example: ${code(taken(example))}
- a bad value: ${code(wrong)} gives ${code(complaintsAbout(wrong))}
`
}

const { profile, maxChainDepth } = createPolicy()
const DEFAULTS: Readonly<Record<string, string>> = { profile: code(profile), chain: String(maxChainDepth) }

function complaintsAbout(policy: string): string {
  const parsed = parsePolicy(policy)
  if (parsed.ok) throw new Error(`${policy} is taken`)
  return formatPolicyErrors('policy.yaml', parsed.errors).join('\n')
}

function requiredRow(subject: (typeof SUBJECTS)[number]): string {
  const required = PROFILES.map((profile) => createPolicy({ profile }).required[subject].join(', '))
  return `| ${[code(subject), ...required].join(' | ')} |`
}

/** What sets a profile apart from `standard`, but for what it requires. */
function profileLine(profile: Profile): string {
  const [own, usual] = [createPolicy({ profile }), createPolicy()]
  const sure = Object.entries(own.assurance).map(([facet, least]) => `${code(facet)} has to be ${code(least)} at least`)
  const severe = severityWords(own, usual)
  const words = [...sure, ...severe]
  return `- ${code(profile)}: ${words.length === 0 ? 'severities as the pages of the findings say' : words.join('; ')}.`
}

function severityWords(own: Policy, usual: Policy): readonly string[] {
  const most = SEVERITIES.findLast((severity) => Object.values(own.severities).includes(severity))
  if (most !== 'critical') return [`no finding is more than ${code(most ?? '')}`]
  const changed = FINDING_CODES.filter((finding) => own.severities[finding] !== usual.severities[finding])
  return changed.map((finding) => `${code(finding)} is ${code(own.severities[finding])}`)
}

function code(text: string): string {
  return `\`${text}\``
}
