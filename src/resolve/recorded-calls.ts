import { SKEW_MS } from '../base/iso-time.ts'
import { ATTR_PREFIX } from '../model/names.ts'
import { endMillis, SPAN_KIND, startMillis, STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import type { SpanTree } from '../model/span-tree.ts'
import { isOneProcess, isProcessEdge, isSameProcess } from './processes.ts'

/** Whether what begins in a process was really called or sent for by the span that it names as its parent. */
export class RecordedCalls {
  readonly #tree: SpanTree
  /** The last server span of each instrumentation below each client span. */
  readonly #answers = new Map<SpanShape, Map<string, SpanShape>>()
  #working: ReadonlySet<SpanShape> | undefined

  constructor(tree: SpanTree) {
    this.#tree = tree
  }

  /**
   * Whether the parent called out or handed over, and the times allow it. A call is answered once, unless it failed
   * before. `saysNothing`: the parent is no agent's, and names nobody. Ask for each span once, in the order of their
   * starts.
   */
  areBehind(span: SpanShape, parent: SpanShape, saysNothing: boolean): boolean {
    if (isBefore(span, parent)) return false
    if (handsOver(span, parent)) return true
    // A call that was given up may still be answered.
    if (parent.status.code !== STATUS.error && isBefore(parent, span)) return false
    if (parent.kind === SPAN_KIND.server) return saysNothing && this.#isGateway(parent)
    if (!isCall(parent)) return false
    return span.kind !== SPAN_KIND.server || this.#isAnswer(span, parent)
  }

  /** A gateway or a proxy, which passes its own span on and does nothing else: it has nothing that one could steal. */
  #isGateway(span: SpanShape): boolean {
    if (Object.keys(span.attributes).some((key) => key.startsWith(ATTR_PREFIX))) return false
    this.#working ??= parentsWithin(this.#tree)
    return !this.#working.has(span)
  }

  #isAnswer(span: SpanShape, call: SpanShape): boolean {
    const answers = this.#answers.get(call) ?? new Map<string, SpanShape>()
    this.#answers.set(call, answers)
    const { name } = span.instrumentationScope
    const same = answers.get(name)
    const earlier = same === undefined ? [...answers.values()] : [same]
    if (same !== undefined || answers.size < MAX_LAYERS) answers.set(name, span)
    return earlier.every((one) => wasTriedAgain(one, call) || isLayer(span, one))
  }
}

/** How many instrumentations may record the same request. */
const MAX_LAYERS = 8

/** The spans that have others below them in their own process. */
function parentsWithin(tree: SpanTree): ReadonlySet<SpanShape> {
  const parents = new Set<SpanShape>()
  for (const span of tree.spans) {
    const parent = tree.parentOf(span)
    if (parent !== undefined && !isProcessEdge(span, parent)) parents.add(parent)
  }
  return parents
}

/** What is handed over is done at any time, and by many. */
function handsOver(span: SpanShape, parent: SpanShape): boolean {
  const { kind, instrumentationScope: scope } = parent
  if (kind === SPAN_KIND.producer || SCHEDULERS.test(scope.name)) return true
  if (kind === SPAN_KIND.client) return span.kind === SPAN_KIND.consumer || HANDS_OVER.some((key) => says(parent, key))
  // From one thread to another, or through a queue in memory.
  return span.kind !== SPAN_KIND.server && isOneProcess(span, parent)
}

/** Temporal starts workflows and activities that run later, by spans of every kind. */
const SCHEDULERS = /^(?:@temporalio\/|temporal(?:io)?[-.])/u

/** Queues, and functions that are invoked as events. */
const HANDS_OVER = ['messaging.system', 'messaging.operation.name', 'faas.invoked_name', 'aws.lambda.invoked_arn']

/** Some instrumentations, and some stores, leave the kind of a call out. */
function isCall(span: SpanShape): boolean {
  return span.kind === SPAN_KIND.client || (span.kind === SPAN_KIND.internal && CALLS.some((key) => says(span, key)))
}

const CALLS = ['rpc.system', 'rpc.system.name', 'mcp.method.name', 'url.full', 'http.url', ...HANDS_OVER]

function says({ attributes }: SpanShape, key: string): boolean {
  return typeof attributes[key] === 'string'
}

/** Whether the one span had ended before the other began, by more than the skew of clocks. Unknown times prove nothing. */
function isBefore(span: SpanShape, other: SpanShape): boolean {
  const [end, start] = [endMillis(span), startMillis(other)]
  return end !== undefined && start > 0 && end + SKEW_MS < start
}

/** Whether two instrumentations, of the server and of the framework on it, recorded the same request. */
function isLayer(span: SpanShape, earlier: SpanShape): boolean {
  if (span.instrumentationScope.name === earlier.instrumentationScope.name) return false
  const end = endMillis(earlier)
  return isSameProcess(span, earlier) && (end === undefined || startMillis(span) <= end)
}

/** Redirects, challenges, overload and failures: the same call is made again. */
function wasTriedAgain(answer: SpanShape, call: SpanShape): boolean {
  if (answer.status.code === STATUS.error) return true
  if (RESENT.some((key) => Number(call.attributes[key]) > 0)) return true
  if (STATUS_CODES.some((key) => Number(answer.attributes[key]) >= 300)) return true
  return RPC_CODES.some((key) => says(answer, key) || Number(answer.attributes[key]) > 0) && !isRpcOk(answer)
}

const RESENT = ['http.request.resend_count', 'http.resend_count'] as const
const STATUS_CODES = ['http.response.status_code', 'http.status_code'] as const
const RPC_CODES = ['rpc.response.status_code', 'rpc.grpc.status_code', 'rpc.connect_rpc.error_code'] as const

/** gRPC has zero, or `OK`. */
function isRpcOk({ attributes }: SpanShape): boolean {
  return RPC_CODES.every((key) => attributes[key] === undefined || /^(?:0|ok)$/iu.test(String(attributes[key])))
}
