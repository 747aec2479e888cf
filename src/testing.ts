export { JudgedSpans } from './testing/judged-spans.ts'
