import { testsPage } from './walked-page.ts'

testsPage('carriers.md')
