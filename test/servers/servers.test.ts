import { readFileSync } from 'node:fs'
import fastify from 'fastify'
import Hapi from '@hapi/hapi'
import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onBehalfOf } from '../../src/index.ts'
import { blocksOf } from '../docs/page.ts'
import { EACH_THEIRS, NOBODYS, startAudience, userOf, who } from './audience.ts'
import type { Acts, Asked, Body } from './audience.ts'
import { PARSERS } from './parsers.ts'
import { RECIPES } from './recipes.ts'
import type { Started } from './recipes.ts'

const PAGE = readFileSync(new URL('../../docs/servers.md', import.meta.url), 'utf8')
const MANIFEST = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}

let audience: ReturnType<typeof startAudience>
beforeAll(() => {
  audience = startAudience()
})
afterAll(() => audience.stop())

async function actsAt({ server, stop }: Started, body: Body): Promise<Acts> {
  try {
    return await audience.asksOf(server, body)
  } finally {
    await stop()
  }
}

/** The blocks of the page, each with the heading that it stands under. */
const SHOWN = PAGE.split(/^### /mu)
  .slice(1)
  .flatMap((section) => blocksOf(section).map(({ text }) => ({ heading: section.split('\n', 1)[0] ?? '', text })))

describe('the page of servers', () => {
  it('has a block for each recipe, and no other', () => {
    expect(SHOWN.map(({ heading }) => heading)).toEqual(Object.keys(RECIPES))
  })

  it.each(SHOWN)('keeps each user bound in what it shows for $heading', async ({ heading, text }) => {
    const recipe = RECIPES[heading]
    if (recipe === undefined) throw new Error(`${heading} has no recipe`)
    expect(await actsAt(await recipe.start(text, audience.act), recipe.body)).toEqual(EACH_THEIRS)
  })

  it.each(PARSERS)('says of $row what becomes of a binding', async ({ row, body, before, start }) => {
    const cells = PAGE.split('\n')
      .find((line) => line.startsWith(`| ${row} `))
      ?.split('|')
      .map((cell) => cell.trim())
    expect(cells?.slice(2, 4)).toEqual([before, 'right'])
    expect(await actsAt(await start(audience.act, 'before'), body)).toEqual(before === 'kept' ? EACH_THEIRS : NOBODYS)
    expect(await actsAt(await start(audience.act, 'behind'), body)).toEqual(EACH_THEIRS)
  })

  it('names the versions that are tested, and no row that is not', () => {
    const table = PAGE.slice(PAGE.indexOf('| parser '), PAGE.indexOf('**Why.**'))
    const rows = table.trim().split('\n').slice(2)
    expect(rows).toHaveLength(new Set(PARSERS.map(({ row }) => row)).size)
    const named = [...table.matchAll(/(?<name>[@\w/-]+) (?<version>\d+\.\d+\.\d+)/gu)].map(({ groups }) => groups ?? {})
    for (const { name = '', version } of named) expect([name, version]).toEqual([name, MANIFEST.dependencies[name]])
    expect(named.length).toBeGreaterThan(8)
  })
})

describe('where nothing can be bound for what comes after', () => {
  it('an async hook of Fastify loses the binding', async () => {
    const app = fastify()
    app.addHook('onRequest', async (request) => onBehalfOf(who(request), () => Promise.resolve()))
    app.post('/ask', async (request) => {
      await audience.act(userOf(request))
      return 'ok'
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    expect(await actsAt({ server: app.server, stop: () => app.close() }, 'json')).toEqual(NOBODYS)
  })

  it('an extension of hapi does', async () => {
    const server = Hapi.server({ port: 0, host: '127.0.0.1' })
    server.ext('onPreHandler', (request: Asked, h: { readonly continue: symbol }) =>
      onBehalfOf(who(request), () => h.continue),
    )
    const handler = async (request: Asked) => {
      await audience.act(userOf(request))
      return 'ok'
    }
    server.route({ method: 'POST', path: '/ask', handler })
    await server.start()
    const started = { server: server.listener as Server, stop: () => server.stop() as Promise<void> }
    expect(await actsAt(started, 'json')).toEqual(NOBODYS)
  })
})
