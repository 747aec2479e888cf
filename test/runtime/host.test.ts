import { describe, expect, it } from 'vitest'
import { areListed, hostInHeader, hostsOf, hostsOfRequest } from '../../src/runtime/crossing/host.ts'
import { hasOurs, isOurEntry, withoutOurs } from '../../src/runtime/crossing/own-entries.ts'

const LISTED = ['mail.internal', '*.contoso.com', '::1']
const goes = (hosts: readonly string[]) => areListed(hosts, LISTED)

const PLAIN = { method: 'GET', path: '/', sentTo: 'mail.internal', hostHeader: undefined }

describe('a request goes to a listed host', () => {
  it.each([
    [PLAIN],
    [{ ...PLAIN, path: '/?to=http://evil.example/' }],
    [{ ...PLAIN, path: '//evil.example/' }],
    [{ ...PLAIN, path: '' }],
    [{ ...PLAIN, hostHeader: 'MAIL.internal.:8443' }],
    [{ ...PLAIN, hostHeader: ['a.contoso.com'] }],
    [{ ...PLAIN, hostHeader: '[::1]:80' }],
    [{ ...PLAIN, path: 'https://a.contoso.com/?x' }],
    [{ ...PLAIN, sentTo: 'https://a.contoso.com:8443' }],
    [{ ...PLAIN, sentTo: new URL('http://[::1]:80') }],
  ])('in %o', (target) => {
    expect(goes(hostsOfRequest(target))).toBe(true)
  })
})

describe('a request may go elsewhere', () => {
  it.each([
    [{ ...PLAIN, method: 'CONNECT', path: 'mail.internal:443' }],
    [{ ...PLAIN, method: 'connect' }],
    [{ ...PLAIN, path: 'http://evil.example/' }],
    [{ ...PLAIN, path: 'evil.example:443' }],
    [{ ...PLAIN, path: 'http://mail.internal@evil.example/' }],
    [{ ...PLAIN, path: '*' }],
    [{ ...PLAIN, path: undefined }],
    [{ ...PLAIN, sentTo: undefined }],
    [{ ...PLAIN, sentTo: 'evil.example' }],
    [{ ...PLAIN, sentTo: 'http://evil.example' }],
    [{ ...PLAIN, hostHeader: 'evil.example' }],
    [{ ...PLAIN, hostHeader: 'mail.internal@evil.example' }],
    [{ ...PLAIN, hostHeader: 'evil.example/mail.internal' }],
    [{ ...PLAIN, hostHeader: ['mail.internal', 'evil.example'] }],
    [{ ...PLAIN, hostHeader: [] }],
    [{ ...PLAIN, hostHeader: '' }],
    [{ ...PLAIN, hostHeader: 7 }],
  ])('in %o', (target) => {
    expect(goes(hostsOfRequest(target))).toBe(false)
  })
})

describe('a client span', () => {
  it.each([
    [true, { 'server.address': 'mail.internal' }],
    [true, { 'server.address': 'mail.internal', 'url.full': 'http://mail.internal:80/x' }],
    [false, { 'server.address': 'mail.internal', 'http.request.method': 'CONNECT' }],
    [false, { 'net.peer.name': 'mail.internal', 'http.method': 'CONNECT' }],
    [false, { 'server.address': 'mail.internal', 'url.full': 'http://mail.internal:80http://evil.example/' }],
    [false, { 'server.address': 'mail.internal', 'url.full': 'http://evil.example/' }],
    [false, { 'net.peer.name': 'mail.internal', 'http.url': 'http://evil.example/' }],
    [false, { 'server.address': 'mail.internal', 'url.full': 7 }],
    [false, {}],
  ])('names listed hosts alone: %s, in %o', (isListed, attributes) => {
    expect(goes(hostsOf(attributes))).toBe(isListed)
  })
})

it('reads the host of a header without its port', () => {
  expect(hostInHeader('Mail.Internal:80')).toBe('mail.internal')
  expect(hostInHeader(undefined)).toBeUndefined()
})

it('takes our entries out of a header in any form', () => {
  expect(withoutOurs('a=1, Attribution.x=2')).toBe('a=1')
  expect(withoutOurs('attribution.x=2')).toBeUndefined()
  expect(withoutOurs('a=1')).toBe('a=1')
  expect([hasOurs(['a=1', '%61ttribution.x=1']), hasOurs('a=attribution.x')]).toEqual([true, false])
  expect([isOurEntry(' Attribution.x', ''), isOurEntry('attributions', '')]).toEqual([true, false])
})
