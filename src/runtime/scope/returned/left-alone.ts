import { fault } from '../../health/fault.ts'

/** Takes a step that may fail on an object of the app, which is then left alone and counted. */
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
