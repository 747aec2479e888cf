import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './child.ts'

let folder: string
let copies: readonly string[]

/** What an app and a library of its have where each brought onbehalf along: the same files in two places. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onbehalf-copies-'))
  const installed = dirname(dirname(createRequire(import.meta.url).resolve('onbehalf')))
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'))
  copies = ['app', 'library'].map((owner) => {
    const copy = join(folder, owner, 'onbehalf')
    for (const part of ['dist', 'package.json']) cpSync(join(installed, part), join(copy, part), { recursive: true })
    return pathToFileURL(join(copy, 'dist', 'index.js')).href
  })
})

afterAll(() => rmSync(folder, { recursive: true }))

interface Outcome {
  readonly isTwo: boolean
  readonly spans: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[]
  readonly counted: number
  readonly carried: Readonly<Record<'first' | 'second', Readonly<Record<string, string>>>>
}

async function outcomeOf(how: string): Promise<Outcome> {
  const { code, stdout, stderr } = await run({ app: 'two-copies.mjs', imports: [], args: [...copies, how] })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Outcome
}

describe('two copies of this package in one process', () => {
  const FACETS = {
    'attribution.principal.id': 'kai@contoso.com',
    'attribution.principal.assurance': 'asserted',
    'attribution.actor.id': 'assistant',
    'attribution.actor.assurance': 'asserted',
    'attribution.actor.chain': ['assistant'],
    'attribution.intent.summary': 'send the report',
    'attribution.verdict': 'separated',
    'attribution.findings': [],
  }

  it.each(['the processor of one', 'the processors of both', 'the processor of one and the exporter of the other'])(
    'read each other’s bindings, and judge and count each span once, with %s',
    async (how) => {
      const { isTwo, spans, counted } = await outcomeOf(how)
      expect(isTwo).toBe(true)
      expect(spans).toEqual(
        ['tool', 'agent'].map((name) => ({ name, attributes: expect.objectContaining(FACETS) as unknown })),
      )
      expect(counted).toBe(2)
    },
  )

  it('judge and count each span once with the exporters of both, which know nothing of what is bound', async () => {
    const { spans, counted } = await outcomeOf('the exporters of both')
    const missing: unknown = expect.arrayContaining(['missing_intent', 'missing_principal'])
    expect(spans.map(({ attributes }) => attributes['attribution.findings'])).toEqual([missing, missing])
    expect(counted).toBe(2)
  })

  it('carry the same', async () => {
    const { carried } = await outcomeOf('the processor of one')
    expect(carried.second).toEqual(carried.first)
    expect(carried.first).toMatchObject({ 'attribution.principal.id': 'kai@contoso.com' })
  })
})
