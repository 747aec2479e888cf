// Binds without an SDK.
import { attribution, currentAttribution, onBehalfOf } from '../../../dist/index.js'

attribution()
onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'look' }, () => {
  process.stdout.write(`${currentAttribution()?.principal?.id}\n`)
})
