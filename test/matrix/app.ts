import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { run } from './run.ts'

/** The lines of OpenTelemetry that are supported, each with its dependencies pinned in `lines`. */
export type Line = 'oldest' | 'otel-2' | 'otel-3'

export interface App {
  readonly folder: string
  remove(): void
}

const NPM = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'] as const

/** An app of its own that holds a line of OpenTelemetry and, from the tarball, onbehalf. */
export async function installApp(line: Line): Promise<App> {
  const folder = mkdtempSync(join(tmpdir(), `onbehalf-${line}-`))
  cpSync(fileOf(`lines/${line}`), folder, { recursive: true })
  cpSync(fileOf('apps'), join(folder, 'apps'), { recursive: true })
  await run('npm', ['ci', ...NPM], { cwd: folder })
  await run('npm', ['install', '--no-save', '--no-package-lock', ...NPM, inject('tarball')], { cwd: folder })
  return appIn(folder)
}

/** Installs as somebody does in an app of theirs. */
export async function install(folder: string, ...packages: readonly string[]): Promise<void> {
  await run('npm', ['install', ...NPM, ...packages], { cwd: folder })
}

/** An app that holds nothing but onbehalf and what comes with it. */
export async function installAlone(): Promise<App> {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-alone-'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await install(folder, inject('tarball'))
  return appIn(folder)
}

function appIn(folder: string): App {
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The program of one of the versions of Node that are provisioned. */
export function nodeProgram(version: string): string {
  return join(inject('nodes'), `node-${version}`, 'bin', 'node')
}

function fileOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
