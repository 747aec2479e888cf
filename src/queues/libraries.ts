import { ASYNC_LOCK } from './async-lock.ts'
import { ASYNC } from './async.ts'
import { BOTTLENECK } from './bottleneck.ts'
import { COCKATIEL } from './cockatiel.ts'
import { DATALOADER } from './dataloader.ts'
import { FASTQ } from './fastq.ts'
import type { Library } from './library.ts'
import { MYSQL2 } from './mysql2.ts'
import { P_QUEUE } from './p-queue.ts'
import { PG, PG_POOL } from './pg.ts'
import { PROMISE_QUEUE } from './promise-queue.ts'
import { UNDICI } from './undici.ts'
import { WORKERPOOL } from './workerpool.ts'
import { BULL, BULLMQ } from './workers.ts'

/** Libraries that would run one user's work in another user's context, and are patched so that they don't. */
export const LIBRARIES: readonly Library[] = [
  P_QUEUE,
  BOTTLENECK,
  FASTQ,
  ASYNC,
  ASYNC_LOCK,
  PROMISE_QUEUE,
  COCKATIEL,
  DATALOADER,
  WORKERPOOL,
  UNDICI,
  PG_POOL,
  PG,
  MYSQL2,
  BULLMQ,
  BULL,
]

/** Those whose patched file is what an ES module imports. For the others, `require` inside the package shows it. */
export const SEEN_BY_IMPORT: readonly string[] = LIBRARIES.filter(({ patches }) =>
  patches.some(({ file }) => file === undefined),
).map(({ name }) => name)
