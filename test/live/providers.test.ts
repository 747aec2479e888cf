import { createRequire } from 'node:module'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { context } from '@opentelemetry/api'
import type { Attributes, Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import * as sdkTrace from '@opentelemetry/sdk-trace'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, AttributionSpanProcessor, onBehalfOf } from '../../src/index.ts'
import { AGENT, inSpan, silence, TOOL } from '../runtime/provider.ts'
import { seen } from './seen.ts'

type Sdk = Pick<typeof sdkTrace, 'InMemorySpanExporter' | 'SimpleSpanProcessor' | 'TracerProvider'>

/** The SDK once more, as a second installation of it would be loaded: other classes, with the same names. */
let otherSdk: Sdk
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onbehalf-sdk-'))
  const entry = createRequire(import.meta.url).resolve('@opentelemetry/sdk-trace')
  const installed = entry.slice(0, entry.lastIndexOf('sdk-trace') + 'sdk-trace'.length)
  cpSync(installed, join(folder, 'sdk-trace'), { recursive: true })
  symlinkSync(dirname(dirname(installed)), join(folder, 'node_modules'))
  otherSdk = createRequire(join(folder, 'app.js'))('./sdk-trace') as Sdk
})

afterAll(() => rmSync(folder, { recursive: true }))

beforeEach(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterEach(silence)

function provider(own: readonly SpanProcessor[], sdk: Sdk = sdkTrace) {
  const exporter = new sdk.InMemorySpanExporter()
  const made = new sdk.TracerProvider({
    spanProcessors: [...own, new sdk.SimpleSpanProcessor({ exporter })],
  })
  const left = () =>
    exporter
      .getFinishedSpans()
      .map(seen)
      .map(({ name, principal, chain, verdict, findings }) => ({ name, principal, chain, verdict, findings }))
  return { tracer: made.getTracer('app') as Tracer, left }
}

const ours = () => new AttributionSpanProcessor() as unknown as SpanProcessor
const kai = <T>(work: () => T) =>
  onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' }, work)
const attributed = (name: string, chain = ['assistant']) => ({
  name,
  principal: 'kai@contoso.com',
  chain,
  verdict: 'separated',
  findings: [],
})
const BARE = { principal: undefined, chain: undefined, verdict: undefined, findings: [] }
const end = (tracer: Tracer, name: string, attributes: Attributes) => tracer.startSpan(name, { attributes }).end()

describe.each([
  ['of one SDK', () => sdkTrace],
  ['of two copies of the SDK', () => otherSdk],
])('two tracer providers %s', (_, second) => {
  it('are of the classes that they should be', () => {
    expect(second().TracerProvider === sdkTrace.TracerProvider).toBe(second() === sdkTrace)
  })

  it('of which one has our processor leave the spans of the other alone', () => {
    const [with_, without] = [provider([ours()]), provider([], second())]
    kai(() =>
      asAgent('assistant', () =>
        inSpan(without.tracer, 'outer', { attributes: AGENT }, () => end(with_.tracer, 'inner', TOOL)),
      ),
    )
    expect(with_.left()).toEqual([attributed('inner')])
    expect(without.left()).toEqual([{ name: 'outer', ...BARE }])
  })

  it('that both have a processor of ours know each other’s agents, and each span is judged once', () => {
    const [one, two] = [provider([ours()]), provider([ours()], second())]
    kai(() =>
      inSpan(one.tracer, 'agent', { attributes: AGENT }, () =>
        inSpan(two.tracer, 'second agent', { attributes: { ...AGENT, 'gen_ai.agent.name': 'clerk' } }, () =>
          end(one.tracer, 'tool', TOOL),
        ),
      ),
    )
    expect(one.left()).toEqual([attributed('tool', ['assistant', 'clerk']), attributed('agent')])
    expect(two.left()).toEqual([attributed('second agent', ['assistant', 'clerk'])])
  })

  it('that share one processor of ours have each span judged once', () => {
    const shared = ours()
    const [one, two] = [provider([shared]), provider([shared], second())]
    kai(() => inSpan(one.tracer, 'agent', { attributes: AGENT }, () => end(two.tracer, 'tool', TOOL)))
    expect([...one.left(), ...two.left()]).toEqual([attributed('agent'), attributed('tool')])
  })

  it('keep the spans of two users apart whose traces run over both', async () => {
    const [one, two] = [provider([ours()]), provider([ours()], second())]
    const users = ['kai@contoso.com', 'mia@contoso.com']
    const work = (user: string) =>
      onBehalfOf({ principal: { id: user, type: 'human' }, intent: user }, () =>
        one.tracer.startActiveSpan(user, { attributes: AGENT }, async (span) => {
          await Promise.resolve()
          end(two.tracer, user, TOOL)
          span.end()
        }),
      )
    await Promise.all(users.map(work))
    const left = [...one.left(), ...two.left()]
    expect(left).toHaveLength(4)
    for (const { name, principal, findings } of left)
      expect({ principal, findings }).toEqual({ principal: name, findings: [] })
  })
})
