import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, inject, it } from 'vitest'
import { walk } from '../docs/walk.ts'
import { makeWorkplace } from '../docs/workplace.ts'
import { install } from './app.ts'

const workplace = makeWorkplace()
afterAll(() => workplace.remove())

it('docs/express.md holds for a newcomer, whose packages come from the registry and the tarball', async () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/express.md', import.meta.url)), 'utf8')
  const walked = await walk(page, workplace.folder, (packages, folder) =>
    install(folder, ...packages.map((asked) => (asked.endsWith('.tgz') ? inject('tarball') : asked))),
  )
  expect(walked.page).toBe(page)
})
