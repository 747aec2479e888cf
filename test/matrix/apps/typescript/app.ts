// A TypeScript app that uses every public name, each as its declaration says.
import { NodeSDK } from '@opentelemetry/sdk-node'
import {
  asAgent,
  attribution,
  AttributionConfigError,
  AttributionError,
  AttributionSpanExporter,
  AttributionSpanProcessor,
  carry,
  currentAttribution,
  decided,
  declareAutonomous,
  flush,
  guard,
  onBehalfOf,
  resume,
  via,
} from 'onbehalf'
import type { Actor, Attribution, AttributionOptions, Intent, Need, PolicyOptions, Principal, Verdict } from 'onbehalf'
import 'onbehalf/register'

const policy: PolicyOptions = { profile: 'strict' }
const options: AttributionOptions = { policy, serviceName: 'app', baggage: { hosts: ['mail.internal'] } }
const kai: Principal = { id: 'kai@contoso.com', type: 'human' }
const why: Intent = { summary: 'send the weekly report' }
const assistant: Actor = { id: 'assistant', version: '3' }
const need: Need = { facets: ['principal'], assurance: 'asserted', verdicts: ['separated'], decision: true }

export const sdk: NodeSDK = new NodeSDK({ ...attribution(options), serviceName: 'app' })
export const processor = new AttributionSpanProcessor({ profile: 'observe' })
export const alone: NodeSDK = new NodeSDK({ spanProcessors: [processor] })
export const wrapped = new NodeSDK({
  traceExporter: new AttributionSpanExporter({ export: () => {}, shutdown: () => Promise.resolve() }),
})

export const answer: number = onBehalfOf({ principal: kai, intent: why }, () => asAgent(assistant, () => 42))
export const sent: Promise<string> = guard(need, () =>
  decided({ outcome: 'allow' }, () => via({ id: 'mail', credential: { type: 'own' } }, async () => 'sent')),
)
export const nightly: void = declareAutonomous({ owner: 'ops', trigger: 'cron' }, () => {})
export const carrier: Record<string, string> = carry()
export const resumed: Attribution | undefined = resume(carrier, currentAttribution, { assurance: 'asserted' })
export const verdict: Verdict = 'separated'
export const flushed: Promise<void> = flush(100)

export function reasons(error: unknown): readonly string[] {
  if (error instanceof AttributionError) return error.unmet
  return error instanceof AttributionConfigError ? error.problems : []
}

// @ts-expect-error: a principal is not a number.
onBehalfOf({ principal: 7 }, () => {})
// @ts-expect-error: no such option.
attribution({ polcy: {} })
