import * as langchain from '@langchain/openai'
import * as agents from '@openai/agents'
import * as newerLangchain from 'langchain-openai-16'
import OpenAI from 'openai'
import NewerOpenAI from 'openai-7'
import * as newerAgents from 'openai-agents-20'
import { expect, it } from 'vitest'

/** Under `newer-releases.config.ts` alone: what the tests beside this one then run over. */
it('the newer releases stand in the place of those that Node 20 runs', () => {
  expect(OpenAI).toBe(NewerOpenAI)
  expect(agents.Agent).toBe(newerAgents.Agent)
  expect(langchain.ChatOpenAI).toBe(newerLangchain.ChatOpenAI)
})
