import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { walk } from './walk.ts'
import { installLocally, makeWorkplace } from './workplace.ts'

const PAGE = fileURLToPath(new URL('../../docs/mcp.md', import.meta.url))
const PACKAGES = [
  '../onbehalf/onbehalf-0.1.0.tgz',
  '@modelcontextprotocol/sdk@1',
  'zod@4',
  '@opentelemetry/sdk-node@0.223',
  '@opentelemetry/instrumentation-http@0.223',
  '@opentelemetry/instrumentation-undici@0.33',
]
const WHOLE_PAGE_MS = 120_000

const workplace = makeWorkplace()

beforeAll(() => installLocally(PACKAGES, workplace.folder), WHOLE_PAGE_MS)
afterAll(() => workplace.remove())

describe('the page of MCP (vitest -u writes its output)', () => {
  it(
    'shows what comes out of its commands',
    async () => {
      const { page } = await walk(readFileSync(PAGE, 'utf8'), workplace.folder, installLocally)
      await expect(page).toMatchFileSnapshot(PAGE)
    },
    WHOLE_PAGE_MS,
  )
})
