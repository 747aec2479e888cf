// Two copies of onbehalf, each with its instrumentation; three users over one queue: `copies.mjs SECOND`.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { context } from '@opentelemetry/api'
import * as first from '../../../dist/index.js'

const second = await import(pathToFileURL(process.argv[2]).href)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const require = createRequire(new URL('../lines/newest/load.cjs', import.meta.url))

first.attribution()
const Bottleneck = require('bottleneck')
const patchedOnce = Bottleneck.prototype.schedule
second.attribution()
const isSame = require('bottleneck').prototype.schedule === patchedOnce

const limiter = new Bottleneck({ maxConcurrent: 1 })
const principals = await Promise.all(
  ['kai', 'mia', 'lee'].map((id, index) => {
    const { onBehalfOf } = index % 2 === 0 ? first : second
    return onBehalfOf({ principal: id }, () => limiter.schedule(async () => second.currentAttribution()?.principal?.id))
  }),
)
process.stdout.write(JSON.stringify({ isSame, principals }))
process.exit()
