import { testsPage } from './walked-page.ts'

testsPage('services.md')
