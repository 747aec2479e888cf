import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CACHE = join(ROOT, 'node_modules/.cache')

/** What the examples take from the app around them. */
const APP = `
declare function runAssistant(prompt: string): Promise<string>
declare function sendMail(to: string): Promise<void>
`

/** What the compiler says of each example in TypeScript, as a file of an app that imports `onbehalf`. Empty if all compile. */
export async function complaintsAbout(examples: readonly string[]): Promise<string> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'onbehalf-page-'))
  try {
    return await compiled(folder, examples)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compiled(folder: string, examples: readonly string[]): Promise<string> {
  for (const [index, code] of examples.entries()) writeFileSync(join(folder, `example-${index}.ts`), code)
  writeFileSync(join(folder, 'app.d.ts'), APP)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = {
    paths: { onbehalf: [join(ROOT, 'src/index.ts')] },
    typeRoots: [join(ROOT, 'node_modules/@types')],
  }
  const project = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
  const ended = run(join(ROOT, 'node_modules/.bin/tsc'), ['--project', folder, '--pretty', 'false'])
  return await ended.then(
    ({ stdout }) => stdout,
    (error: { readonly stdout?: string }) => error.stdout ?? String(error),
  )
}
