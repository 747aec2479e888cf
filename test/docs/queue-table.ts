import { readFileSync, readdirSync } from 'node:fs'
import { LIBRARIES } from '../../src/queues/libraries.ts'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
}

function manifestAt(path: string): Manifest {
  return JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')) as Manifest
}

/** The releases that tests run a library in, the oldest first. */
export function testedReleases(name: string): readonly string[] {
  const lines = readdirSync(new URL('../queues/lines', import.meta.url))
  const inLines = lines.map((line) => manifestAt(`queues/lines/${line}/package.json`).dependencies[name])
  const lock = JSON.parse(readFileSync(new URL('../frameworks/package-lock.json', import.meta.url), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>
  }
  const ofDatabases = name.startsWith('pg') ? [lock.packages[`node_modules/${name}`]?.version] : []
  const found = [...inLines, ...ofDatabases].filter((release) => release !== undefined)
  return [...new Set(found)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** A row for each library that is patched. */
export function queueRows(): readonly (readonly string[])[] {
  return LIBRARIES.map(({ name, versions, binds }) => [
    `\`${name}\``,
    versions.replace(
      /^>=(?<from>\S+) <(?<below>\d+)$/u,
      (_, from: string, below: string) => `${from} to ${Number(below) - 1}.x`,
    ),
    testedReleases(name).join(', '),
    binds,
  ])
}

/** Those of the newest line that no test patches, and that are neither a part of one nor a framework. */
export function rightLibraries(): readonly string[] {
  const patched = new Set(LIBRARIES.map(({ name }) => name))
  return Object.entries(manifestAt('queues/lines/newest/package.json').dependencies)
    .filter(([name]) => !patched.has(name) && name !== '@langchain/core')
    .map(([name, release]) => `\`${name}\` (${release})`)
    .sort()
}
