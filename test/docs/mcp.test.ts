import { testsPage } from './walked-page.ts'

testsPage('mcp.md', ['@modelcontextprotocol/sdk@1', 'zod@4'])
