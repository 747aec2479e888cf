import { describe, expect, it } from 'vitest'
import { canonicalId } from '../../src/identity/identity.ts'
import { appearanceOf, appearanceOfAny, isLookAlike } from '../../src/identity/look-alike.ts'

describe('one identity', () => {
  it.each([
    'k\u0430i',
    'k\u0430i@contoso.com',
    'contoso.com/agents/\u0430dmin',
    'kai-\u0441\u0435\u043e',
    '\u03b1-agent',
    '\u13aadmin',
    '\ua4d0ot',
    '東京Москва',
  ])('%s mixes alphabets', (id) => {
    expect(appearanceOf(canonicalId(id))?.isMixed).toBe(true)
  })
  it.each([
    'Кирилл',
    'кирилл@example.com',
    'agent-перевод',
    '日本語abc',
    '田中タロウ-2',
    'kim김',
    '한국어',
    'नमस्तेabc',
    'René',
    'ไทยbot',
    'naïve_bot',
    '👩‍💻bot',
    'kai’s',
    'ᎪᏟ',
    'שלום',
    'λ-agent',
  ])('%s does not', (id) => {
    expect(appearanceOf(canonicalId(id))?.isMixed).toBe(false)
  })
  it('in ASCII has no appearance of its own', () => {
    expect(appearanceOf('svc1')).toBeUndefined()
    expect(appearanceOfAny('svc1').isMixed).toBe(false)
  })
  it('is looked at in bounded time', () => {
    const start = process.hrtime.bigint()
    for (const unit of ['\u0430', '\u0430-', '日a', '\u0301']) appearanceOf(canonicalId(unit.repeat(20_000)))
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(2_000)
  })
})

describe('two identities', () => {
  it.each([
    ['k\u0430i', 'kai'],
    ['\u041a\u0410\u0406', 'kai'],
    ['\u0430\u0440\u0440\u04cf\u0435@x.org', 'apple@x.org'],
    ['r\u03bf\u03bft', 'root'],
    ['\u0261oogle', 'google'],
    ['\u03bf\u0441\u0435', '\u043e\u0441\u0435'],
  ])('%s and %s look the same', (a, b) => {
    expect(isLookAlike(canonicalId(a), canonicalId(b))).toBe(true)
    expect(isLookAlike(canonicalId(b), canonicalId(a))).toBe(true)
  })
  it.each([
    ['svc1', 'svcl'],
    ['O0', '0O'],
    ['José', 'Jose'],
    ['müller', 'muller'],
    ['Кирилл', 'Kirill'],
    ['kai', 'KAI'],
    ['日', '曰'],
  ])('%s and %s do not', (a, b) => {
    expect(isLookAlike(canonicalId(a), canonicalId(b))).toBe(false)
  })
})
