import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AttributionSpanProcessor, flush, guard, onBehalfOf } from '../../src/index.ts'
import { fault, onFault } from '../../src/runtime/health/fault.ts'
import { flushWith } from '../../src/runtime/health/flush.ts'
import { PROCESS_STATE, processState, resetProcessState } from '../../src/runtime/health/process-state.ts'
import { AGENT, diagLines, inSpan, silence, tracing } from './provider.ts'

beforeEach(resetProcessState)
afterEach(() => {
  silence()
  resetProcessState()
})

const SAME = (id: string) => (id === 'robo' ? 'kai' : id)

describe('the state of a process', () => {
  it('is one object for each copy of the package, which the registered symbol shows', () => {
    const copies = Reflect.get(globalThis, Symbol.for('onbehalf.copies.v1')) as readonly { readonly state?: object }[]
    expect(copies.filter(({ state }) => state === PROCESS_STATE)).toHaveLength(1)
    expect(Object.keys(PROCESS_STATE).toSorted()).toEqual([
      'actions',
      'carriers',
      'exporters',
      'faults',
      'flush',
      'live judge',
      'metrics',
      'notices',
      'requests',
      'resources',
      'span limits',
      'spans',
      'turn',
      'uses of decisions',
      'work',
    ])
  })
  it('has no two parts of one name', () => {
    expect(() => processState('flush', () => ({}))).toThrow('two parts of the process state are named flush')
  })
})

describe('resetProcessState', () => {
  it('has guard judge by the defaults again', async () => {
    const processor = () => new AttributionSpanProcessor({ policy: { aliases: SAME } })
    const traced = tracing([processor()])
    const refused = () =>
      onBehalfOf({ principal: 'kai' }, () =>
        inSpan(traced.tracer, 'run', { attributes: { ...AGENT, 'gen_ai.agent.name': 'robo' } }, () =>
          guard({ verdicts: ['separated', 'declared', 'unknown'] }, () => true),
        ),
      )
    await expect(refused()).rejects.toMatchObject({ unmet: [expect.stringContaining('the verdict is collapsed')] })
    resetProcessState()
    await expect(refused()).resolves.toBe(true)
  })
  it('forgets pipelines, faults that were told, and those who listen', async () => {
    let flushed = 0
    let heard = 0
    flushWith({ forceFlush: async () => void flushed++ })
    onFault(() => heard++)
    const lines = diagLines()
    fault('flush', 'one')
    resetProcessState()
    fault('flush', 'two')
    await flush()
    expect({ flushed, heard, told: lines.filter((line) => line.startsWith('onbehalf: flush')).length }).toEqual({
      flushed: 0,
      heard: 1,
      told: 2,
    })
  })
  it('counts faults as before', () => {
    const { pending } = PROCESS_STATE['metrics'] as { readonly pending: ReadonlyMap<string, { readonly sum: number }> }
    expect(pending.size).toBe(0)
    fault('guard', 'one')
    fault('guard', 'two')
    expect([...pending.values()]).toMatchObject([{ sum: 2, attributes: { where: 'guard' } }])
  })
  it('leaves the work of open spans unharmed', () => {
    const traced = tracing()
    onBehalfOf({ principal: 'kai' }, () =>
      inSpan(traced.tracer, 'run', { attributes: AGENT }, () => {
        resetProcessState()
        inSpan(traced.tracer, 'inner', { attributes: AGENT }, () => {})
      }),
    )
    expect(traced.one('run')).toMatchObject({ kind: 'agent', principal: 'kai' })
    expect(traced.one('inner')).toMatchObject({ kind: 'agent', principal: 'kai' })
  })
})
