import { beforeAll, describe, expect, it } from 'vitest'
import { recognize } from '../../src/recognize/recognize.ts'
import { hasCorpus, labelledSpans, WITHOUT_CORPUS } from '../corpus.ts'
import type { RecordedSpan } from '../corpus.ts'

interface Score {
  agentSpans: number
  found: number
  rightKind: number
  others: number
  falselyFound: number
}

const UNRECOGNIZED = 'none'

/** Where the corpus says that two answers are right: its INDEX.md, row by row. */
const ALSO_RIGHT: readonly {
  readonly when: (recorded: RecordedSpan) => boolean
  readonly answers: readonly string[]
}[] = [
  { when: says('ai.operationId', /^ai\.(?:generate|stream)(?:Text|Object)$/u), answers: ['workflow', 'llm'] },
  { when: says('gen_ai.operation.name', /^invoke_(?:graph|swarm)$/u), answers: ['agent', 'workflow'] },
  { when: isCalled(/^(?:invocation|workflow|interaction|claude_code\.interaction)$/u), answers: ['agent', 'workflow'] },
  { when: says('gen_ai.operation.name', /^(?:agent_step|execute_node)$/u), answers: ['agent', 'llm'] },
  { when: isCalled(/^(?:turn|Step \d+)$/u), answers: ['agent', 'llm'] },
  { when: isCalled(/^execute_(?:agent|event)_loop_cycle$/u), answers: ['workflow', 'agent'] },
  { when: says('ai.operationId', /^ai\.embed(?:Many)?$/u), answers: ['workflow', UNRECOGNIZED] },
  { when: says('gen_ai.operation.name', /rerank/u), answers: ['llm'] },
  { when: says('langfuse.observation.type', /^span$/iu), answers: ['workflow'] },
  { when: says('langwatch.span.type', /^span$/iu), answers: ['workflow'] },
  { when: says('genkit:type', /^promptTemplate$/u), answers: [UNRECOGNIZED] },
  { when: says('mastra.span.type', /^model_generation$/u), answers: ['workflow'] },
  { when: says('mastra.span.type', /^mapping$/u), answers: [UNRECOGNIZED] },
  { when: says('gen_ai.operation.name', /^create_agent$/u), answers: ['workflow'] },
]

let scores: ReadonlyMap<string, Score>

beforeAll(() => {
  if (!hasCorpus) return console.warn(`The recorded corpus is not scored${WITHOUT_CORPUS}`)
  scores = score(labelledSpans())
  console.log(report(scores))
})

describe.skipIf(!hasCorpus)(`recognition of the recorded corpus${WITHOUT_CORPUS}`, () => {
  it('finds at least 99 % of the agent spans', () => {
    const { found, agentSpans } = pooled()
    expect(found / agentSpans).toBeGreaterThanOrEqual(0.99)
  })

  it('takes at most 0.1 % of the other spans for an agent span', () => {
    const { falselyFound, others } = pooled()
    expect(falselyFound / others).toBeLessThanOrEqual(0.001)
  })

  it('tells the right kind of at least 98 % of what it finds', () => {
    const { rightKind, found } = pooled()
    expect(rightKind / found).toBeGreaterThanOrEqual(0.98)
  })

  it('holds in every dialect by itself', () => {
    const failing = [...scores].filter(
      ([, { agentSpans, found, rightKind, falselyFound }]) =>
        found < 0.99 * agentSpans || rightKind < 0.98 * found || falselyFound > 0,
    )
    expect(failing).toEqual([])
  })
})

function says(key: string, form: RegExp): (recorded: RecordedSpan) => boolean {
  return ({ span }) => typeof span.attributes[key] === 'string' && form.test(span.attributes[key])
}

function isCalled(form: RegExp): (recorded: RecordedSpan) => boolean {
  return ({ span }) => form.test(span.name)
}

function pooled(): Score {
  return scores.get(POOLED) as Score
}

const POOLED = 'all'

function score(recorded: readonly RecordedSpan[]): ReadonlyMap<string, Score> {
  const result = new Map<string, Score>()
  for (const one of recorded) {
    for (const row of [one.label.dialect, POOLED]) {
      const counted = result.get(row) ?? { agentSpans: 0, found: 0, rightKind: 0, others: 0, falselyFound: 0 }
      result.set(row, counted)
      count(one, counted)
    }
  }
  return result
}

function count(one: RecordedSpan, counted: Score): void {
  const kind = recognize(one.span)?.kind ?? UNRECOGNIZED
  const also = ALSO_RIGHT.filter(({ when }) => when(one)).flatMap(({ answers }) => answers)
  const isRight = kind === one.label.kind || also.includes(kind)
  if (one.label.kind === 'other') {
    counted.others++
    if (kind !== UNRECOGNIZED && !isRight) counted.falselyFound++
    return
  }
  counted.agentSpans++
  if (kind === UNRECOGNIZED && !isRight) return
  counted.found++
  if (isRight) counted.rightKind++
}

function report(all: ReadonlyMap<string, Score>): string {
  const rows = [...all].toSorted(([a], [b]) => Number(a === POOLED) - Number(b === POOLED) || a.localeCompare(b))
  const lines = rows.map(([dialect, { agentSpans, found, rightKind, others, falselyFound }]) =>
    [
      dialect.padEnd(20),
      `recall ${share(found, agentSpans)}`,
      `kind right ${share(rightKind, found)}`,
      `false ${share(falselyFound, others)}`,
    ].join('  '),
  )
  return ['Recognition of the recorded corpus', ...lines].join('\n')
}

function share(part: number, whole: number): string {
  const percent = whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)} %`
  return `${percent.padStart(8)} ${`(${part}/${whole})`.padEnd(12)}`
}
