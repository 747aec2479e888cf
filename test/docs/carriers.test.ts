import { describe } from 'vitest'
import { testsPage } from './walked-page.ts'

describe('docs/carriers.md', () => testsPage('carriers.md'))
