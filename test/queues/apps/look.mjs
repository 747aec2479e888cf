// Says which packages of the newest line are patched.
import { load } from '../lines/newest/load.mjs'

const OURS = Symbol.for('onbehalf.queues.v1')
await load('p-limit')
const [PQueue, fastq, async] = [(await load('p-queue')).default, await load('fastq'), await load('async')]
const functions = {
  'p-queue': PQueue.prototype.add,
  fastq: fastq.default,
  'fastq.promise': fastq.promise,
  async: async.queue,
}
const patched = Object.entries(functions).filter(([, fn]) => OURS in fn)
process.stdout.write(`patched: ${patched.map(([name]) => name).join(', ')}\n`)
process.exit()
