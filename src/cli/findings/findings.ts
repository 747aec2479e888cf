import type { Command } from 'commander'
import { nearest } from '../../base/spelling.ts'
import { FINDING_CODES, findingEntry, isFindingCode, SEVERITIES } from '../../model/finding.ts'
import type { FindingCode } from '../../model/finding.ts'
import { paint, printable, textWidth, wrap } from '../terminal/text.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { findingPage } from './page.ts'

/** Adds `onbehalf findings`: the pages of docs/findings, made from the same table. */
export function addFindings(program: Command): void {
  program
    .command('findings')
    .description('what a finding means, an example, how to fix it, and the legitimate exception')
    .argument('[code]', 'the finding, such as missing_principal; without it, all are listed')
    .addHelpText('after', EXAMPLES)
    .action((code: string | undefined) => {
      process.stdout.write(code === undefined ? list() : pageText(findingPage(codeOf(code))))
    })
}

const EXAMPLES = `
Examples:
  $ onbehalf findings
  $ onbehalf findings missing_principal`

/** Accepts any case, and the dashes of a link. */
function codeOf(text: string): FindingCode {
  const code = text.trim().toLowerCase().replaceAll('-', '_')
  if (isFindingCode(code)) return code
  const close = nearest(code, FINDING_CODES)
  const meant = close === undefined ? '' : `; did you mean ${close}?`
  throw new UsageError(`there is no finding "${printable(text)}"${meant || ';'} onbehalf findings lists all`)
}

function list(): string {
  const width = Math.max(...FINDING_CODES.map((code) => code.length))
  const groups = SEVERITIES.toReversed().map((severity) => {
    const codes = FINDING_CODES.filter((code) => findingEntry(code).severity === severity).toSorted()
    const rows = codes.map((code) => `  ${code.padEnd(width)}  ${findingEntry(code).title}`)
    return codes.length === 0 ? [] : [[paint('bold', severity), ...rows].join('\n')]
  })
  return `${groups.flat().join('\n\n')}\n\nonbehalf findings CODE prints one. A policy file may change severities.\n`
}

/** The Markdown of a page in lines that fit, with its code as it is. */
function pageText(page: string): string {
  let isCode = false
  const lines = page.split('\n').map((line) => {
    const isFence = line.startsWith('```')
    if (isFence) isCode = !isCode
    if (isCode || isFence || line === '') return line
    if (line.startsWith('#')) return paint('bold', line)
    const mark = line.startsWith('- ') ? '- ' : ''
    return `${mark}${wrap(line.slice(mark.length), textWidth(), ' '.repeat(mark.length)).slice(mark.length)}`
  })
  return `${lines.join('\n').trimEnd()}\n`
}
