import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { AttributionConfigError } from '../../src/policy/config-error.ts'
import { OPTIONS, resolveConfig } from '../../src/setup/config.ts'
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
const ISSUERS = sourceOf('policy/token-issuer.ts')

function sourceOf(path: string): string {
  return readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')
}

/**
 * Every option, variable and key of a policy. What they mean is what their docstrings say; defaults and complaints are
 * those that come out. Throws where one has no docstring or no example, or where an example is not taken.
 */
export function configurationPage(): string {
  return `# Configuration

You can configure onbehalf with options of \`attribution()\`, \`AttributionSpanProcessor\` and \`AttributionSpanExporter\`; with
variables, which do the same for \`onbehalf/register\`; and with a policy file, which the processor, the audit and the
Collector share. Everything has a default, so you don't have to set anything.

An option overrides its variable, a variable overrides the policy file, and the policy file overrides the default. A blank
variable counts as unset. An invalid setting stops the process at start, and the error names all invalid settings together.
\`attribution()\` and both classes throw \`AttributionConfigError\` with \`problems\`. \`onbehalf/register\` prints the problems
and exits with code 2. So do the commands, which accept \`--policy\` and \`--profile\` but not \`ONBEHALF_POLICY\`. An unknown
option is an error, and so is a variable that looks like a misspelling of one of these.

## Options and variables

${OPTION_NAMES.map(optionSection).join('\n')}
### What NodeSDK takes

\`attribution()\` also accepts these options of \`NodeSDK\`: ${SDK_OPTIONS.map(code).join(', ')}. It combines \`traceExporter\`,
\`spanProcessors\` and \`textMapPropagator\` with its own, so pass them here and not next to the spread. The rest is passed
through. \`baggage\` has no effect on the two classes.

### Other variables

| variable | of what |
|---|---|
${Object.entries(OTHER_VARIABLES).map(row).join('\n')}

\`OTEL_*\` is read as the SDK reads it, with one difference: if \`OTEL_EXPORTER_OTLP_PROTOCOL\` and
\`OTEL_EXPORTER_OTLP_TRACES_PROTOCOL\` are unset, spans are sent as JSON over HTTP. The environment's exporters
(\`OTEL_TRACES_EXPORTER\`, \`OTEL_BSP_*\`) are used if you don't pass any, its propagators (\`OTEL_PROPAGATORS\`) if you don't
pass \`textMapPropagator\`, and its sampler and limits unless you pass some to NodeSDK. In a bundle, NodeSDK makes them, with
its own default ([deployment](deployment.md#bundled)). Typos in these variables are reported on the diag logger or, without
one, as a process warning.

### Limits

The limits that an app sets for its spans, in code (\`spanLimits\`) or with \`OTEL_*\`, also apply to onbehalf. None of its
values is longer than \`attributeValueLengthLimit\`, including values in a list. Findings as events, and the link of
\`resume\`, only use the room that the app's own leave. There is one exception: a stamp is written in full even beyond
\`attributeCountLimit\`.

Without limits, a facet keeps ${MAX_TEXT.toLocaleString('en')} characters of each text, ${MAX_ENTRIES} entries of a list and ${MAX_ACTORS} actors of a chain, so that an id of a megabyte
isn't copied to every span below. A longer text keeps its beginning, a mark \`…\` and the first hex digits of the SHA-256 of the
whole: \`${shortened('kai.with.a.very.long.name@department.contoso.com', 32)}\`. Two long ids with the same beginning stay different, an id
that two services shorten stays the same, and a cut id isn't mistaken for another identity. An id bound in code that exceeds
the limit is rejected and counts as a fault. A hash or a time that doesn't fit is left out.

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

What spans of each kind must have, before \`require\` and \`rules\` add to it:

| kind | ${PROFILES.map(code).join(' | ')} |
|---|${PROFILES.map(() => '---|').join('')}
${SUBJECTS.map(requiredRow).join('\n')}

${PROFILES.map(profileLine).join('\n')}
`
}

const OPTION_NAMES = Object.keys(OPTIONS) as readonly (keyof typeof OPTIONS)[]

interface Sample {
  readonly option: unknown
  /** What the page shows instead of it. */
  readonly shown?: string
  readonly variable: string
  /** What the variable cannot be. */
  readonly wrong: string
}

/** Keys that are used as long as the page is made. */
const SIGNING_KEY = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
const DECRYPTION_KEY = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' })

const FLAG: Sample = { option: true, variable: 'true', wrong: 'maybe' }

const SAMPLES: Readonly<Record<keyof typeof OPTIONS, Sample>> = {
  policy: { option: { require: { effect: ['decision'] } }, variable: 'policy.yaml', wrong: 'nowhere.yaml' },
  profile: { option: 'strict', variable: 'strict', wrong: 'lax' },
  findingAttributes: FLAG,
  findingEvents: FLAG,
  findingWarnings: FLAG,
  collapseAsError: FLAG,
  fillStandard: FLAG,
  enforce: { option: false, variable: 'false', wrong: 'maybe' },
  zeroSeries: FLAG,
  baggage: {
    option: { hosts: ['mail.internal', '*.contoso.com'] },
    variable: 'mail.internal,*.contoso.com',
    wrong: 'https://mail.internal',
  },
  signing: {
    option: { key: SIGNING_KEY, issuer: 'report-service' },
    shown: "{ signing: { key: '/etc/onbehalf/key.json', issuer: 'report-service' } }",
    variable: '/etc/onbehalf/key.json',
    wrong: 'no-such-key.json',
  },
  decryption: {
    option: { keys: [DECRYPTION_KEY] },
    shown: "{ decryption: { keys: ['/etc/onbehalf/box.json', '/etc/onbehalf/old-box.json'] } }",
    variable: '/etc/onbehalf/box.json',
    wrong: 'no-such-key.json',
  },
}

function optionSection(name: keyof typeof OPTIONS): string {
  const { option, shown, variable, wrong } = SAMPLES[name]
  resolveConfig({ [name]: option }, { env: {} })
  const variableName = OPTIONS[name].variable
  return `### \`${name}\`

${PARTS[name] ?? meaningOf(name)}

- option: ${code(`attribution(${shown ?? literal({ [name]: option })})`)}
- variable: \`${variableName}=${variable}\`
- default: ${defaultOf(name)}
- a bad value: \`${variableName}=${wrong}\` gives \`${complaintAt({ [variableName]: wrong })}\`
`
}

const BAGGAGE = [docstringOf(CONFIG, 'BaggageOptions'), docstringsOf(CONFIG, 'BaggageOptions').get('hosts')].join(
  '\n\n',
)

const CARRIERS = sourceOf('setup/carrier-config.ts')
const [SIGNING, DECRYPTION] = ['SigningOptions', 'DecryptionOptions'].map((type) => {
  const fields = [...docstringsOf(CARRIERS, type)]
  const option = type.replace('Options', '').toLowerCase()
  const list = fields.map(([name, text]) => `- ${code(`${option}.${name}`)}: ${text}`).join('\n')
  return `${docstringOf(CARRIERS, type)}\n\n${list}`
}) as [string, string]

/** The options that are objects, with what each of their fields means. */
const PARTS: Readonly<Partial<Record<keyof typeof OPTIONS, string>>> = {
  baggage: BAGGAGE,
  signing: SIGNING,
  decryption: DECRYPTION,
}

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
  const { policy, baggageHosts, carriers, ...flags } = resolveConfig({}, { env: {} })
  if (name === 'signing') return carriers.signing === undefined ? 'off' : 'on'
  if (name === 'decryption') return carriers.opening.length === 0 ? 'off' : 'on'
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

/** Variables of the commands, of the Collector, and of fields of options. */
export const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  ONBEHALF_SIGNING_KID: '[`signing`](#signing): the name of the key',
  ONBEHALF_SIGNING_ISSUER: '[`signing`](#signing): who signs',
  ONBEHALF_SIGNING_AUDIENCES: '[`signing`](#signing): what the services at listed hosts are called',
  ONBEHALF_INSTRUMENTATIONS:
    '`onbehalf/register`: packages of instrumentations that it starts beside those that it finds, with commas between them ([more](deployment.md#more-instrumentations))',
  ONBEHALF_JAEGER_HEADERS:
    '`onbehalf explain --jaeger`: headers of its requests, `NAME: VALUE` with commas between them, as `--header` gives them',
  ONBEHALF_INSIDE_TOKEN:
    'the Collector that `onbehalf collector-config` configures: what services inside the boundary prove themselves with; no default, it does not start without ([more](collector.md#the-boundary))',
  ONBEHALF_INSIDE_CERT:
    'the variant `inside-tls` of that configuration: the certificate of its inside receiver, a file in PEM; no default ([more](collector.md#the-boundary))',
  ONBEHALF_INSIDE_KEY: 'the same: the private key of that certificate, a file in PEM; no default',
  ONBEHALF_INSIDE_CLIENT_CA:
    'the same: the CA of the certificates that clients need there, a file in PEM; default: clients need none',
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
  four_eyes: ['four_eyes: true', 'four_eyes: sometimes'],
  assurance: ['assurance: { principal: asserted }', 'assurance: { principal: certain }'],
  severities: ['severities: { missing_intent: high }', 'severities: { missing_intent: urgent }'],
  rules: ['rules: [{ tool: pay-*, require: [authority] }]', 'rules: [{ require: [authority] }]'],
  aliases: ['aliases: { kai@contoso.onmicrosoft.com: kai@contoso.com }', 'aliases: [kai@contoso.com]'],
  facts: ['facts: { user: [app.user.id] }', 'facts: { user: app.user.id }'],
  chain: ['chain: { max_depth: 4 }', 'chain: { max_depth: 0 }'],
  issuers: [
    'issuers: [{ issuer: https://login.example, jwks: https://login.example/jwks, audience: mail, algorithms: [RS256], profile: oidc }]',
    'issuers: [{ issuer: https://login.example }]',
  ],
  boundary: ['boundary: { trust: [orders, mailer] }', 'boundary: { trusted: [orders] }'],
  'boundary.trust': ['boundary: { trust: [orders, mailer] }', 'boundary: { trust: orders }'],
  'boundary.admit': [
    'boundary: { admit: [{ signer: orders, jwks: /etc/onbehalf/orders.jwks.json, as: asserted }] }',
    'boundary: { admit: [{ signer: orders, as: asserted }] }',
  ],
  'boundary.replay': ['boundary: { replay: { max: 50000 } }', 'boundary: { replay: { max: 0 } }'],
  'boundary.admit[].signer': [
    'boundary: { admit: [{ signer: orders, jwks: orders.jwks.json, as: asserted }] }',
    "boundary: { admit: [{ signer: '', jwks: orders.jwks.json, as: asserted }] }",
  ],
  'boundary.admit[].jwks': [
    "boundary: { admit: [{ signer: orders, jwks: 'https://orders.internal/jwks.json', as: asserted }] }",
    'boundary: { admit: [{ signer: orders, jwks: 7, as: asserted }] }',
  ],
  'boundary.admit[].as': [
    'boundary: { admit: [{ signer: orders, jwks: orders.jwks.json, as: verified }] }',
    'boundary: { admit: [{ signer: orders, jwks: orders.jwks.json, as: claimed }] }',
  ],
  'boundary.admit[].facets': [
    'boundary: { admit: [{ signer: orders, jwks: orders.jwks.json, as: asserted, facets: [principal, intent] }] }',
    'boundary: { admit: [{ signer: orders, jwks: orders.jwks.json, as: asserted, facets: [context] }] }',
  ],
  'boundary.admit[].audience': [
    'boundary: { admit: [{ signer: orders, jwks: orders.jwks.json, as: asserted, audience: mailer }] }',
    'boundary: { admit: [{ signer: orders, jwks: orders.jwks.json, as: asserted, audience: 7 }] }',
  ],
  'rules[].tool': ['rules: [{ tool: pay-* }]', 'rules: [{ tool: 7 }]'],
  'rules[].agent': ['rules: [{ agent: nightly-* }]', "rules: [{ agent: '' }]"],
  'rules[].require': ['rules: [{ tool: pay-*, require: [authority] }]', 'rules: [{ tool: pay-*, require: authority }]'],
  'rules[].four_eyes': ['rules: [{ tool: pay-*, four_eyes: true }]', 'rules: [{ tool: pay-*, four_eyes: both }]'],
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
  ...issuerKeys({
    issuer: ['https://login.example', '7'],
    jwks: ['https://login.example/jwks', 'http://login.example/jwks'],
    audience: ['[https://mail.example, https://files.example]', '[]'],
    algorithms: ['[RS256, ES256]', '[HS256]'],
    profile: ['rfc8693', 'jwt'],
    roles: ['{ principal: /context/user, actor: sub }', '{ user: sub }'],
    expressesActor: ['always', 'often'],
    agents: ['[report-assistant]', 'report-assistant'],
    maxActors: ['4', '0'],
  }),
}

/** An issuer with one field that is right, or wrong. */
function issuerKeys(fields: Readonly<Record<string, readonly [example: string, wrong: string]>>) {
  const others = {
    issuer: 'https://login.example',
    jwks: 'https://login.example/jwks',
    audience: 'mail',
    algorithms: '[RS256]',
    profile: 'oidc',
  }
  const policy = (field: string, value: string) => {
    const all = Object.entries({ ...others, [field]: value }).map(([key, text]) => `${key}: ${text}`)
    return `issuers: [{ ${all.join(', ')} }]`
  }
  return Object.fromEntries(
    Object.entries(fields).map(([field, [example, wrong]]) => [
      `issuers[].${field}`,
      [policy(field, example), policy(field, wrong)] as const,
    ]),
  )
}

function policyKeys(): string {
  const admitted = entriesOf(entriesOf(POLICY).get('boundary')).get('admit')
  const top = keySections(POLICY, 'PolicyOptions', '')
  const rule = keySections(entriesOf(POLICY).get('rules'), 'PolicyRuleOptions', 'rules[].')
  const issuer = keySections(entriesOf(POLICY).get('issuers'), 'TokenIssuer', 'issuers[].', ISSUERS)
  const boundary = keySections(entriesOf(POLICY).get('boundary'), 'BoundaryOptions', 'boundary.')
  const admit = keySections(admitted, 'AdmitOptions', 'boundary.admit[].')
  const all = [...top, ...boundary, ...admit, ...rule, ...issuer]
  const unknown = Object.keys(KEYS).filter((path) => !all.some(([known]) => known === path))
  if (unknown.length > 0) throw new Error(`a policy has no ${unknown.join(', ')}`)
  return all.map(([, section]) => section).join('\n')
}

function keySections(
  schema: unknown,
  name: string,
  prefix: string,
  source = POLICIES,
): readonly (readonly [string, string])[] {
  const meanings = docstringsOf(source, name)
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
