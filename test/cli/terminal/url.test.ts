import { describe, expect, it } from 'vitest'
import { jaegerAddress } from '../../../src/cli/explain/jaeger-request.ts'
import { decoded, plainUrlOf, shownUrl } from '../../../src/cli/terminal/url.ts'
import { UsageError } from '../../../src/cli/terminal/usage-error.ts'
import { onbehalf } from '../program.ts'

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`

describe('a URL that a user passes', () => {
  it.each([
    ['http://host:4318/otlp', 'http://host:4318/otlp', undefined],
    ['https://kai:s3cret@host/', 'https://host', basic('kai:s3cret')],
    ['http://kai@host', 'http://host', basic('kai:')],
    ['http://:s3cret@host', 'http://host', basic(':s3cret')],
    ['http://k%40i:p%25w@host/a', 'http://host/a', basic('k@i:p%w')],
    ['http://host/v1?token=s3cret#s3cret', 'http://host/v1', undefined],
  ])('%s is shown without anything secret', (text, shown, header) => {
    const plain = plainUrlOf(text)
    expect([plain && shownUrl(plain.url), plain?.basic]).toEqual([shown, header])
    expect(plain?.url.href).not.toContain('@')
  })
  it.each(['', 'host', 'ftp://host', 'http://kai:100%@host', 'http://%zz@host', 'http://%ff@host'])(
    '%s is none that can be used',
    (text) => expect(plainUrlOf(text)).toBeUndefined(),
  )
  it('is decoded, where that can be done', () => {
    expect([decoded('a%20b'), decoded('100%')]).toEqual(['a b', undefined])
  })
})

describe('--jaeger', () => {
  const failing = (url: string) => {
    try {
      return jaegerAddress(url, [], '30').base
    } catch (error) {
      return error
    }
  }

  it.each(['http://kai:s3cret%@host', 'http://%s3cret@host', 'nonsense:s3cret', 'http://host/?token=s3cret'])(
    'with %s is a mistake of the user’s, which is told without its secret',
    (url) => {
      const error = failing(url)
      expect(error).toBeInstanceOf(UsageError)
      expect((error as Error).message).not.toContain('s3cret')
    },
  )
  it('with a malformed % in a path asks for that path', () => {
    expect(failing('http://host/%zz/')).toBe('http://host/%zz')
  })
  it('is told by the program as one, with the exit code of bad usage', async () => {
    const { code, stderr } = await onbehalf(['explain', '4e81', '--jaeger', 'http://kai:s3cret%@host'])
    expect([code, stderr]).toEqual([
      2,
      '--jaeger takes the URL of a Jaeger query service, such as http://localhost:16686; a user or password in it has to be percent-encoded, with %25 for %\n',
    ])
  })
})

describe('demo --otlp', () => {
  it.each(['kai:s3cret@host', 'htp://kai:s3cret@host', 'http://kai:s3cret%@host'])(
    'that cannot be used is told without its secret: %s',
    async (url) => {
      const { code, stdout, stderr } = await onbehalf(['demo', '--otlp', url])
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain('--otlp takes a URL such as http://localhost:4318')
      expect(stderr).not.toContain('s3cret')
    },
  )
})
