import { createPrivateSlot } from '../../base/private-slot.ts'

const BAGGAGE = createPrivateSlot<string>()

/**
 * Notes that baggage of ours is in a carrier because the app vouches for the receiver. An instrumentation may inject into
 * the same carrier afterwards, and its propagator would take ours for what the app passes on.
 */
export function vouch(carrier: object, baggage: string): void {
  BAGGAGE.put(carrier, baggage)
}

/** The baggage that belongs into a carrier. Undefined if nobody vouches for who gets it. */
export function vouchedBaggage(carrier: unknown): string | undefined {
  return typeof carrier === 'object' && carrier !== null ? BAGGAGE.of(carrier) : undefined
}
