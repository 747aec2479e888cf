import { fault } from '../../health/fault.ts'

/** Runs a step that may fail on an object of the app. If it fails, the object is left alone and a fault counted. */
export function attempt<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    fault('binding', LEFT_ALONE, error)
    return undefined
  }
}

const LEFT_ALONE =
  'what was returned could not be bound in place and runs unbound; return another object, or wrap its callbacks in bindAttribution(fn)'
