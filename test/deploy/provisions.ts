import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { run } from '../matrix/run.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly packed: string
  }
}

/** The package as it would be published, unpacked beside the others that the apps of this folder use. */
export default async function provision({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-deploy-'))
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder])
  const [packed] = Object.values(JSON.parse(stdout) as object) as { readonly filename: string }[]
  if (packed === undefined) throw new Error('npm pack made nothing')
  const tarball = join(folder, packed.filename)
  const place = fileURLToPath(new URL('node_modules/onbehalf', import.meta.url))
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', place])
  provide('packed', tarball)
  return () => rmSync(folder, { recursive: true, force: true })
}
