import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { walk } from './walk.ts'
import { installLocally, makeWorkplace } from './workplace.ts'

const PAGE = fileURLToPath(new URL('../../docs/testing.md', import.meta.url))
const WHOLE_PAGE_MS = 180_000

const workplace = makeWorkplace()
afterAll(() => workplace.remove())

it(
  'the page of tests shows what comes out of its commands (vitest -u writes it)',
  async () => {
    const page = readFileSync(PAGE, 'utf8')
    const { page: walked } = await walk(page, workplace.folder, installLocally)
    await expect(walked).toMatchFileSnapshot(PAGE)
  },
  WHOLE_PAGE_MS,
)
