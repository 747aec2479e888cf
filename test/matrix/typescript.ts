import { join } from 'node:path'
import type { App } from './app.ts'
import { run } from './run.ts'

/** Both ways of an app to find declarations, every one of which is checked. */
export async function compile(app: App): Promise<void> {
  const compiler = join(app.folder, 'node_modules', '.bin', 'tsc')
  const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler']
  for (const options of [[], bundler]) {
    await run(compiler, ['--project', 'apps/typescript', ...options], { cwd: app.folder })
  }
}
