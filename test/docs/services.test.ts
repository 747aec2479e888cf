import { describe } from 'vitest'
import { testsPage } from './walked-page.ts'

describe('docs/services.md', () => testsPage('services.md'))
