import { describe } from 'vitest'
import { startBareSdk } from '../live/live-sdk.ts'
import { edgeSuite } from './edge-suite.ts'

describe('an edge without an instrumentation', () => {
  edgeSuite(startBareSdk, false)
})
