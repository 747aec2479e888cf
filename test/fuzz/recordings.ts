import { wireAttributes, wireLine, wireRequest, wireSpan } from '../cli/otlp.ts'
import { hasCorpus, recordedLines, WITHOUT_CORPUS } from '../corpus.ts'

const MADE: readonly string[] = [
  wireLine('1'),
  JSON.stringify(
    wireRequest(
      wireSpan('2'),
      wireSpan('2', {
        spanId: 'b'.repeat(16),
        parentSpanId: 'a'.repeat(16),
        kind: 3,
        status: { code: 2, message: 'no' },
        attributes: wireAttributes({
          'server.address': 'mail.internal',
          'attribution.context.credential.id': 'key-7f3a',
          'attribution.actor.chain': { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } },
          'attribution.decision.outcome': 'deny',
          'attribution.decision.at': '2026-01-01T00:00:00Z',
        }),
      }),
    ),
  ),
]

/** Longer lines say nothing more and make a run slow. */
const MAX_LENGTH = 30_000

/** Lines of real recordings, each a request, and two that are made; without the corpus only those. */
export const RECORDED: readonly string[] = [
  ...MADE,
  ...(hasCorpus ? recordedLines().filter((line) => line.length <= MAX_LENGTH) : []),
]

/** What a suite over them adds to its title. */
export const RECORDED_NOTE = WITHOUT_CORPUS.replace('SKIPPED', 'RECORDINGS LEFT OUT')
