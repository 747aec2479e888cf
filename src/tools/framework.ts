/** Runs a tool's own code as the act that it is wrapped in. `input` is what the model asked for. */
export type Runs = <T>(input: unknown, code: () => T) => T

/** How a framework's tool is recognized and wrapped. It is recognized by its parts: no framework is imported. */
export interface Framework {
  /** What it looks like, for an error. */
  readonly looks: string
  is(tool: Parts): boolean
  wrapped(tool: Parts, runs: Runs): object
}

export type Parts = Readonly<Record<string, unknown>>
export type Code = (this: unknown, ...args: unknown[]) => unknown

/** A tool like this one, of the same class, with methods of ours. Others may use the one that was given. */
export function derived(tool: object, methods: Readonly<Record<string, unknown>>): object {
  const own: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(tool)
  for (const [name, value] of Object.entries(methods)) {
    own[name] = { value, enumerable: own[name]?.enumerable === true, writable: true, configurable: true }
  }
  return Object.create(Object.getPrototypeOf(tool) as object | null, own) as object
}

export function isFunction(value: unknown): value is Code {
  return typeof value === 'function'
}
