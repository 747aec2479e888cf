import { describe } from 'vitest'
import { testsPage } from './walked-page.ts'

describe('docs/mcp.md', () => testsPage('mcp.md', ['@modelcontextprotocol/sdk@1', 'zod@4']))
