import { onFault } from '../../src/runtime/health/fault.ts'

const places: string[] = []
onFault((where) => places.push(where))

/** Where faults happened since this was asked last. */
export function newFaults(): readonly string[] {
  return places.splice(0)
}
