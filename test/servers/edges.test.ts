import { describe } from 'vitest'
import { startLiveSdk } from '../live/live-sdk.ts'
import { edgeSuite } from './edge-suite.ts'

describe('an edge under the instrumentation of http', () => {
  edgeSuite(startLiveSdk, true)
})
