import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carry, currentAttribution, resume } from '../../src/index.ts'
import { newFaults } from '../runtime/faults.ts'
import { AGENT, inSpan, silence, tracing } from '../runtime/provider.ts'
import type { Traced } from '../runtime/provider.ts'
import { bound, NEVER, wireName, within } from './bound.ts'
import { harmed, nastyJson, patience, prototypeKeys, runs, textHarm } from './fuzzing.ts'

let traced: Traced
beforeAll(() => {
  traced = tracing()
})
afterAll(silence)

/** A record with any names in it, as JSON.parse makes it: `__proto__` is one of its own. */
const strangers = fc
  .array(fc.tuple(wireName, nastyJson), { maxLength: 12 })
  .map((entries) => `{${entries.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`)

const mangled = fc.tuple(bound, textHarm).map(([said, harm]) => harmed(JSON.stringify(within(said, carry)), harm))

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

describe('a carrier of a stranger', () => {
  const options = runs(1_500)
  it(
    'names at most who asked, what acted, why and under what grant, and the function runs once',
    () => {
      const before = prototypeKeys()
      fc.assert(
        fc.property(fc.oneof(strangers, mangled), (json) => {
          let calls = 0
          const attribution = resume(parsed(json) as Record<string, string>, () => {
            calls += 1
            inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {})
            return currentAttribution() ?? {}
          })
          expect(calls).toBe(1)
          expect(NEVER.filter((facet) => facet in attribution)).toEqual([])
          expect(textsIn(attribution).filter((text) => text.trim() === '' || text.length > 1_024)).toEqual([])
        }),
        options,
      )
      expect(prototypeKeys()).toEqual(before)
      expect(newFaults().filter((where) => where !== 'carrier' && where !== 'binding')).toEqual([])
    },
    patience(options),
  )
})

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

describe('what an app carried', () => {
  const options = runs(1_000)
  it(
    'comes back as it was said, through a queue that holds JSON',
    () => {
      fc.assert(
        fc.property(bound, (said) => {
          const { here, carrier } = within(said, () => ({ here: currentAttribution() ?? {}, carrier: carry() }))
          const back = resume(JSON.parse(JSON.stringify(carrier)), currentAttribution) ?? {}
          const { principal, intent, authority, correlationId, actorChain } = here
          expect(defined(back)).toMatchObject(defined({ principal, intent, authority, correlationId, actorChain }))
          expect(NEVER.filter((facet) => facet in back)).toEqual([])
        }),
        options,
      )
    },
    patience(options),
  )
})

function defined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}
