import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run, startSink } from '../register/child.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))

it('what Temporal’s workflow exporter hands over is judged, and leaves', async () => {
  const sink = await startSink()
  const { code, stderr } = await run({ app: `${HERE}apps/plain/temporal.mjs`, imports: [], cwd: HERE, env: sink.env })
  const left = sink.judged().map(({ name, principal, actor, verdict }) => ({ name, principal, actor, verdict }))
  sink.close()
  const KAI = { principal: 'kai@contoso.com', actor: 'buyer', verdict: 'separated' }
  expect({ code, stderr, left }).toEqual({
    code: 0,
    stderr: '',
    left: [
      { ...KAI, name: 'RunWorkflow:order' },
      { ...KAI, name: 'execute order' },
    ],
  })
})
