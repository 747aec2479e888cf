import { describe } from 'vitest'
import { agent, ASKED, check, client, failed, spanWith, isoAt, llm, mcp, tool, workflow } from './spans.ts'
import type { FindingCode } from '../../src/model/finding.ts'
import type { GivenAttributes } from './spans.ts'

const merging = (...codes: string[]): GivenAttributes => ({ 'declaration.type': 'merge', 'declaration.merges': codes })
const decided = (outcome: string, more: GivenAttributes = {}): GivenAttributes => ({
  'context.id': 'mail',
  'decision.outcome': outcome,
  ...more,
})

describe('where a decision passes', () => {
  check([
    {
      title: 'it passes from a tool to its effects',
      trace: agent('a', ASKED, tool('t', decided('allow'), workflow('w', client('e')))),
      expect: { t: { decision: 'allow' }, w: { decision: undefined }, e: { decision: 'allow' } },
    },
    {
      title: 'it passes from a tool to no other tool, llm call or agent',
      trace: agent('a', ASKED, tool('t', decided('deny'), tool('u'), llm('l'), agent('b'))),
      expect: { u: { decision: undefined }, l: { decision: undefined }, b: { decision: undefined } },
    },
    {
      title: 'it passes from a tool to no effect of another tool',
      trace: agent('a', ASKED, tool('t', decided('deny'), tool('u', client('e')))),
      expect: { e: { decision: undefined, lacks: ['denied_but_executed'] } },
    },
    {
      title: 'it passes to no effect of an agent that the tool starts',
      trace: agent('a', ASKED, tool('t', decided('deny'), agent('b', client('e', { 'context.id': 'x' })))),
      expect: { e: { decision: undefined, findings: [] } },
    },
    {
      title: 'it passes from an agent to nothing',
      trace: agent('a', { ...ASKED, 'decision.outcome': 'allow' }, tool('t', { 'context.id': 'x' }, client('e'))),
      expect: { a: { decision: 'allow' }, t: { decision: undefined }, e: { decision: undefined } },
    },
    {
      title: "an effect's own decision comes first",
      trace: agent(
        'a',
        ASKED,
        tool('t', decided('deny', { outcome: 'denied' }), client('e', { 'decision.outcome': 'allow' })),
      ),
      expect: { e: { decision: 'allow', findings: [] } },
    },
    {
      title: 'it passes to the MCP span that is the same action',
      trace: agent('a', ASKED, tool('t', decided('allow'), mcp('t2', { 'gen_ai.tool.name': 't' }))),
      expect: { t2: { decision: 'allow', sameAction: true } },
    },
  ])
})

describe('denied_but_executed', () => {
  const rows: readonly [title: string, says: GivenAttributes, stands: boolean][] = [
    ['stands for deny and success', { 'decision.outcome': 'deny', outcome: 'success' }, true],
    ['stands for deny where no outcome is stated: nothing failed', { 'decision.outcome': 'deny' }, true],
    ['stands for deny in capitals', { 'decision.outcome': ' DENY ' }, true],
    ['stands for escalate without approver', { 'decision.outcome': 'escalate' }, true],
    [
      'stands for escalate with a blank approver',
      { 'decision.outcome': 'escalate', 'decision.approver.id': ' ' },
      true,
    ],
    [
      'stands for escalate that a placeholder approved',
      { 'decision.outcome': 'escalate', 'decision.approver.id': 'Unknown' },
      true,
    ],
    [
      'does not stand for escalate with an approver',
      { 'decision.outcome': 'escalate', 'decision.approver.id': 'lea' },
      false,
    ],
    ['stands for deny although somebody approved', { 'decision.outcome': 'deny', 'decision.approver.id': 'lea' }, true],
    ['does not stand for deny and denied', { 'decision.outcome': 'deny', outcome: 'denied' }, false],
    ['does not stand for deny and failure', { 'decision.outcome': 'deny', outcome: 'failure' }, false],
    ['does not stand for deny and unknown', { 'decision.outcome': 'deny', outcome: 'unknown' }, false],
    ['does not stand for allow', { 'decision.outcome': 'allow' }, false],
    ['does not stand for modify', { 'decision.outcome': 'modify' }, false],
    ['does not stand for not_required', { 'decision.outcome': 'not_required' }, false],
    ['does not stand for a word that is no decision', { 'decision.outcome': 'refuse' }, false],
    ['does not stand where nothing was decided', {}, false],
  ]
  check(
    rows.map(([title, says, stands]) => ({
      title,
      trace: agent('a', ASKED, tool('t', { 'context.id': 'mail', ...says })),
      expect: { t: { findings: stands ? (['denied_but_executed'] as const) : [], verdict: 'separated' as const } },
    })),
  )
  check([
    {
      title: 'does not stand where the span ended in error',
      trace: agent('a', ASKED, failed(tool('t', decided('deny')))),
      expect: { t: { findings: [], outcome: 'failure' } },
    },
    {
      title: 'stands where the outcome says success although the span ended in error',
      trace: agent('a', ASKED, failed(tool('t', decided('deny', { outcome: 'success' })))),
      expect: { t: { findings: ['denied_but_executed'], outcome: 'success' } },
    },
    {
      title: 'stands on the effect that succeeded below a denied tool that failed',
      trace: agent('a', ASKED, failed(tool('t', decided('deny'), client('e')))),
      expect: { t: { findings: [] }, e: { findings: ['denied_but_executed'] } },
    },
    {
      title: 'an outcome that is no word of ours is none',
      trace: agent('a', ASKED, tool('t', decided('deny', { outcome: 'blocked' }))),
      expect: { t: { findings: ['denied_but_executed'], outcome: 'success' } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: agent('a', ASKED, tool('t', decided('deny', merging('denied_but_executed')))),
      expect: { t: { has: ['denied_but_executed'] } },
    },
    {
      title: 'policy allows it for the tools that it names',
      policy: { rules: [{ tool: 't', allow: ['denied_but_executed'] }] },
      trace: agent('a', ASKED, tool('t', decided('deny'))),
      expect: { t: { findings: [], verdict: 'declared' } },
    },
  ])
})

describe('decision_late', () => {
  const at = (milliseconds: number, says: GivenAttributes = {}) =>
    agent(
      'a',
      ASKED,
      spanWith({ start: 10 }, tool('t', decided('allow', { 'decision.at': isoAt(milliseconds), ...says }))),
    )
  check([
    { title: 'does not stand for a decision before', trace: at(9_000), expect: { t: { findings: [] } } },
    { title: 'does not stand at one second of skew', trace: at(11_000), expect: { t: { findings: [] } } },
    { title: 'stands beyond one second of skew', trace: at(11_001), expect: { t: { findings: ['decision_late'] } } },
    {
      title: 'stands hours later',
      trace: at(7_200_000),
      expect: { t: { findings: ['decision_late'], verdict: 'separated' } },
    },
    {
      title: 'reads a time in another zone',
      trace: at(0, { 'decision.at': '2026-01-01T02:00:10+02:00' }),
      expect: { t: { findings: [] } },
    },
    {
      title: 'takes a time without a zone for UTC',
      trace: at(0, { 'decision.at': '2026-01-01T00:00:12' }),
      expect: { t: { findings: ['decision_late'] } },
    },
    ...[
      '2026-01-01 00:00:12+00',
      '2026-01-01T02:00:12,5+0200',
      '20260101T000012Z',
      '2026-01-01t00:00:12.123456789z',
      '2026-01-02',
    ].map((time) => ({
      title: `reads ${time}: by every form of ISO 8601`,
      trace: at(0, { 'decision.at': time }),
      expect: { t: { findings: ['decision_late'] as const } },
    })),
    ...['2026-13-45T00:00:12Z', '20260101T25', '20261332235959', 'later', '9999'].map((time) => ({
      title: `can't read the time ${time}`,
      trace: at(0, { 'decision.at': time }),
      expect: { t: { findings: ['placeholder_identity'] as const, complete: false, verdict: 'separated' as const } },
    })),
    ...['1767225612', '1767225612000', 'Thu, 01 Jan 2026 00:00:12 GMT'].map((time) => ({
      title: `reads ${time}: by the forms of other programs`,
      trace: at(0, { 'decision.at': time }),
      expect: { t: { findings: ['decision_late'] as const } },
    })),
    {
      title: 'a merge that names it excuses nothing',
      trace: at(20_000, merging('decision_late')),
      expect: { t: { has: ['decision_late'] } },
    },
    {
      title: 'stands on the effect, by its own start',
      trace: agent(
        'a',
        ASKED,
        spanWith(
          { start: 1 },
          tool('t', decided('allow', { 'decision.at': isoAt(1_500) }), spanWith({ start: 0.4 }, client('e'))),
        ),
      ),
      expect: { t: { findings: [] }, e: { findings: ['decision_late'] } },
    },
    {
      title: 'does not stand where the decision fell while the tool ran and before its effect',
      trace: agent(
        'a',
        ASKED,
        spanWith(
          { start: 1 },
          tool(
            't',
            { 'context.id': 'mail' },
            spanWith({ start: 8 }, client('e', { 'decision.outcome': 'allow', 'decision.at': isoAt(7_000) })),
          ),
        ),
      ),
      expect: { e: { findings: [] } },
    },
    {
      title: 'does not stand on an agent, within whose run approvals are asked for',
      trace: agent('a', { ...ASKED, 'decision.outcome': 'allow', 'decision.at': isoAt(60_000) }),
      expect: { a: { findings: [] } },
    },
  ])
})

describe('authority_expired', () => {
  const until = (expiresAt: string, says: GivenAttributes = {}) =>
    agent(
      'a',
      { ...ASKED, 'authority.id': 'g', 'authority.expires_at': expiresAt },
      spanWith({ start: 10 }, tool('t', { 'context.id': 'mail', ...says })),
    )
  check([
    { title: 'does not stand while the grant holds', trace: until(isoAt(60_000)), expect: { t: { findings: [] } } },
    { title: 'does not stand at one second of skew', trace: until(isoAt(9_000)), expect: { t: { findings: [] } } },
    {
      title: 'stands beyond one second of skew',
      trace: until(isoAt(8_999)),
      expect: { t: { findings: ['authority_expired'] } },
    },
    {
      title: "can't be told from what is no time",
      trace: until('soon'),
      expect: { t: { findings: ['placeholder_identity'], complete: false, missing: ['authority'] } },
    },
    ...['978307200', 'Mon, 01 Jan 2001 00:00:00 GMT', '978307200000'].map((time) => ({
      title: `stands for ${time}`,
      trace: until(time),
      expect: { t: { findings: ['authority_expired'] as const } },
    })),
    {
      title: 'stands for a grant of which only the expiry is known',
      trace: agent(
        'a',
        ASKED,
        spanWith({ start: 10 }, tool('t', { 'context.id': 'x', 'authority.expires_at': isoAt(0) })),
      ),
      expect: { t: { findings: ['authority_expired'] } },
    },
    {
      title: "does not stand where the tool's own grant holds",
      trace: until(isoAt(0), { 'authority.id': 'g2', 'authority.expires_at': isoAt(60_000) }),
      expect: { t: { findings: [] } },
    },
    {
      title: 'does not stand on an agent whose grant ran out while it worked',
      trace: spanWith({ start: 10 }, agent('a', { ...ASKED, 'authority.id': 'g', 'authority.expires_at': isoAt(0) })),
      expect: { a: { findings: [] } },
    },
    {
      title: 'stands on an effect',
      trace: agent(
        'a',
        { ...ASKED, 'authority.id': 'g', 'authority.expires_at': isoAt(0) },
        spanWith({ start: 10 }, client('e', { 'context.id': 'x' })),
      ),
      expect: { e: { findings: ['authority_expired'] } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: until(isoAt(0), merging('authority_expired')),
      expect: { t: { has: ['authority_expired'] } },
    },
    {
      title: 'policy allows it for the tools that it names',
      policy: { rules: [{ tool: 't', allow: ['authority_expired'] }] },
      trace: until(isoAt(0)),
      expect: { t: { findings: [], verdict: 'declared' } },
    },
  ])
})

describe('four eyes', () => {
  const refund = (approver: string, more: GivenAttributes = {}) =>
    agent('a', ASKED, tool('refund', decided('allow', { 'decision.approver.id': approver, ...more })))
  check([
    {
      title: 'forbid the principal to approve',
      policy: { four_eyes: true },
      trace: refund('mailto:KAI@contoso.com'),
      expect: { refund: { findings: ['self_approved'], verdict: 'separated' } },
    },
    {
      title: 'let somebody else approve',
      policy: { four_eyes: true },
      trace: refund('lee@contoso.com'),
      expect: { refund: { findings: [] } },
    },
    {
      title: 'are asked for by a rule',
      policy: { rules: [{ tool: 'refund', four_eyes: true }] },
      trace: refund('kai@contoso.com'),
      expect: { refund: { findings: ['self_approved'] } },
    },
    {
      title: 'are taken back by a later rule',
      policy: {
        four_eyes: true,
        rules: [
          { tool: 'r*', four_eyes: true },
          { tool: 'refund', four_eyes: false },
        ],
      },
      trace: refund('kai@contoso.com'),
      expect: { refund: { findings: [] } },
    },
  ])
})

describe('missing_approval', () => {
  const policy = { require: { tool: ['decision.approver'] } } as const
  check([
    {
      title: 'stands where nobody approved',
      policy,
      trace: agent('a', ASKED, tool('t', decided('allow'))),
      expect: { t: { findings: ['missing_approval'], verdict: 'separated', complete: false } },
    },
    {
      title: 'stands without a decision',
      policy,
      trace: agent('a', ASKED, tool('t')),
      expect: { t: { findings: ['missing_approval'] } },
    },
    {
      title: 'stands where a placeholder approved',
      policy,
      trace: agent('a', ASKED, tool('t', decided('allow', { 'decision.approver.id': 'n/a' }))),
      expect: { t: { has: ['missing_approval'] } },
    },
    {
      title: 'does not stand where somebody approved',
      policy,
      trace: agent('a', ASKED, tool('t', decided('escalate', { 'decision.approver.id': 'lee@contoso.com' }))),
      expect: { t: { findings: [], complete: true } },
    },
    {
      title: 'does not stand where it was denied',
      policy,
      trace: agent('a', ASKED, tool('t', decided('deny', { outcome: 'denied' }))),
      expect: { t: { findings: [], complete: true } },
    },
    {
      title: 'stands for the tool that a rule names',
      policy: { rules: [{ tool: 't', require: ['decision.approver'] }] },
      trace: agent('a', ASKED, tool('t', decided('allow'), client('e'))),
      expect: { t: { findings: ['missing_approval'] }, e: { findings: ['missing_approval'] } },
    },
  ])
})

describe('self_approved', () => {
  const by = (approver: string, says: GivenAttributes = {}) =>
    agent('a', ASKED, tool('t', decided('allow', { 'decision.approver.id': approver, ...says })))
  check([
    {
      title: 'stands where the agent approved its own act',
      trace: by('a'),
      expect: { t: { findings: ['self_approved'], verdict: 'separated' } },
    },
    { title: 'stands in another spelling', trace: by(' A\u{200b}'), expect: { t: { findings: ['self_approved'] } } },
    {
      title: 'does not stand where the principal approved',
      trace: by('kai@contoso.com'),
      expect: { t: { findings: [] } },
    },
    { title: 'does not stand where another agent approved', trace: by('agent:a'), expect: { t: { findings: [] } } },
    {
      title: 'stands by alias',
      policy: { aliases: { 'approver-bot': 'a' } },
      trace: by('approver-bot'),
      expect: { t: { findings: ['self_approved'] } },
    },
    {
      title: 'closes an escalation all the same',
      trace: by('a', { 'decision.outcome': 'escalate' }),
      expect: { t: { findings: ['self_approved'] } },
    },
    {
      title: 'does not stand for a placeholder, which is nobody',
      trace: agent('unknown', ASKED, tool('t', decided('allow', { 'decision.approver.id': 'unknown' }))),
      expect: { t: { lacks: ['self_approved'] } },
    },
    {
      title: 'stands on the effects of the tool',
      trace: agent('a', ASKED, tool('t', decided('allow', { 'decision.approver.id': 'a' }), client('e'))),
      expect: { e: { findings: ['self_approved'] } },
    },
    {
      title: 'a merge that names it makes it declared',
      trace: by('a', merging('self_approved')),
      expect: { t: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'policy allows it for the tools that it names',
      policy: { rules: [{ tool: 't', allow: ['self_approved'] }] },
      trace: by('a'),
      expect: { t: { findings: [], verdict: 'declared' } },
    },
  ])
})

describe('what a decision point was asked', () => {
  const [ONE, OTHER] = ['sha-256:n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg', 'sha-256:YmFy']
  const rows: readonly [title: string, says: GivenAttributes, findings: readonly FindingCode[]][] = [
    ['mismatch: two bindings that differ', { 'decision.binding': ONE, 'action.binding': OTHER }, ['decision_mismatch']],
    [
      'mismatch: even in case',
      { 'decision.binding': ONE, 'action.binding': ONE?.toUpperCase() },
      ['decision_mismatch'],
    ],
    [
      'mismatch: also where it was refused',
      { 'decision.binding': ONE, 'action.binding': OTHER, outcome: 'denied' },
      ['decision_mismatch'],
    ],
    ['no mismatch: the same, with space around', { 'decision.binding': ONE, 'action.binding': ` ${ONE} ` }, []],
    ['no mismatch: nobody says what was called', { 'decision.binding': ONE }, []],
    ['no mismatch: nobody says what was decided on', { 'action.binding': ONE }, []],
    ['no mismatch: a blank', { 'decision.binding': ONE, 'action.binding': ' ' }, []],
    ['unavailable: with an outcome', { 'decision.unevaluated': 'down' }, ['decision_unavailable']],
    ['unavailable: not where it was refused', { 'decision.unevaluated': 'down', outcome: 'denied' }, []],
    ['deputy: the principal may not', { 'decision.principal_allowed': false }, ['confused_deputy']],
    ['deputy: as text', { 'decision.principal_allowed': ' False ' }, ['confused_deputy']],
    ['deputy: a word that is none', { 'decision.principal_allowed': 'maybe' }, []],
    [
      'deputy: what was denied was not done for anybody',
      { 'decision.outcome': 'deny', 'decision.principal_allowed': false, outcome: 'denied' },
      [],
    ],
    [
      'deputy: an open escalation was not let through',
      { 'decision.outcome': 'escalate', 'decision.principal_allowed': false, outcome: 'denied' },
      [],
    ],
    ['deputy: someone else approved', { 'decision.principal_allowed': false, 'decision.approver.id': 'lea' }, []],
    [
      'deputy: the principal approved',
      { 'decision.principal_allowed': false, 'decision.approver.id': 'Kai@contoso.com' },
      ['confused_deputy'],
    ],
    [
      'deputy: the agent approved',
      { 'decision.principal_allowed': false, 'decision.approver.id': 'a' },
      ['confused_deputy', 'self_approved'],
    ],
    [
      'deputy: nobody approved',
      { 'decision.principal_allowed': false, 'decision.approver.id': 'unknown' },
      ['confused_deputy'],
    ],
    [
      'mismatch: a list is no hash',
      { 'decision.binding': ONE, 'action.binding': [OTHER ?? ''] },
      ['decision_mismatch'],
    ],
    ['mismatch: a number is no hash', { 'decision.binding': 7, 'action.binding': ONE }, ['decision_mismatch']],
    [
      'mismatch: also where a stranger claims the decision',
      { 'decision.binding': ONE, 'action.binding': OTHER, 'decision.assurance': 'claimed' },
      ['decision_mismatch'],
    ],
    ['unavailable: a blank says nothing', { 'decision.unevaluated': ' ' }, []],
    ['unavailable: a list', { 'decision.unevaluated': ['down'] }, ['decision_unavailable', 'placeholder_identity']],
    ['unavailable: it failed', { 'decision.unevaluated': 'down', outcome: 'failure' }, ['decision_unavailable']],
    ['deputy: a number', { 'decision.principal_allowed': 0 }, []],
    [
      'deputy: the principal approved, with a scheme',
      { 'decision.principal_allowed': false, 'decision.approver.id': 'mailto:kai@contoso.com' },
      ['confused_deputy'],
    ],
    ['a dry run: denied, and done', { 'decision.outcome': 'deny', would_deny: true }, []],
    ['a dry run: as text', { 'decision.outcome': 'escalate', would_deny: 'true' }, []],
    [
      'a dry run that a stranger claims silences nothing',
      { 'decision.outcome': 'deny', would_deny: true, 'decision.assurance': 'claimed' },
      ['denied_but_executed'],
    ],
    ['no dry run', { 'decision.outcome': 'deny', would_deny: false }, ['denied_but_executed']],
  ]
  check(
    rows.map(([title, says, findings]) => ({
      title,
      trace: agent('a', ASKED, tool('t', decided('allow', says))),
      expect: { t: { findings, verdict: 'separated' as const } },
    })),
  )
  check([
    {
      title: 'is unavailable without any outcome too, and is no decision',
      trace: agent(
        'a',
        ASKED,
        tool('t', { 'context.id': 'mail', 'decision.unevaluated': 'the input amount is missing' }),
      ),
      policy: { require: { tool: ['decision'] } },
      expect: { t: { decision: undefined, findings: ['decision_unavailable', 'missing_decision'] } },
    },
  ])
})
