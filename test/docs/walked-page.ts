import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { walk } from './walk.ts'
import { installLocally, makeWorkplace } from './workplace.ts'

/** What a page that runs a service needs besides its own packages. */
const PACKAGES = [
  '../onbehalf/onbehalf-0.1.0.tgz',
  '@opentelemetry/sdk-node@0.223',
  '@opentelemetry/instrumentation-http@0.223',
  '@opentelemetry/instrumentation-undici@0.33',
]
const WHOLE_PAGE_MS = 120_000

/** Defines the test that runs every command of a page of `docs`, and compares what comes out. `vitest -u` writes it. */
export function testsPage(name: string, packages: readonly string[] = []): void {
  const page = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url))
  describe(`docs/${name}`, () => {
    const workplace = makeWorkplace()

    beforeAll(() => installLocally([...PACKAGES, ...packages], workplace.folder), WHOLE_PAGE_MS)
    afterAll(() => workplace.remove())

    it(
      'shows what comes out of its commands (vitest -u writes it)',
      async () => {
        const walked = await walk(readFileSync(page, 'utf8'), workplace.folder, installLocally)
        await expect(walked.page).toMatchFileSnapshot(page)
      },
      WHOLE_PAGE_MS,
    )
  })
}
