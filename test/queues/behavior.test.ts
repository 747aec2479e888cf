import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { run } from '../register/child.ts'
import { LINES } from './lines.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

async function seenBy(line: string, kind: string, imports: readonly string[]): Promise<Record<string, object>> {
  const { stderr, stdout } = await run({
    app: at('apps/behavior.mjs'),
    args: [line, kind],
    imports,
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_LOG_LEVEL: 'error' },
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Record<string, object>
}

/** Return values, order, errors, `this`, arguments, events, names: all that an app sees. */
describe.each(LINES)('what is patched of the line %s', (line) => {
  it.each(['cjs', 'mjs'])('behaves as it does without us (%s)', async (kind) => {
    const [plain, patched] = await Promise.all([seenBy(line, kind, []), seenBy(line, kind, [at('apps/own-setup.mjs')])])
    expect(Object.keys(plain).length).toBeGreaterThan(0)
    expect(patched).toEqual(plain)
  })
})
