import * as api from '@opentelemetry/api'
import * as sdkNode from '@opentelemetry/sdk-node'
import * as onbehalf from 'onbehalf'
import { run } from './forms.mjs'

await run(process.argv[2], { api, sdkNode, onbehalf })
