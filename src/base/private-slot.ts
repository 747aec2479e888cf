/** Keeps a value on objects of somebody else, one on each. */
export interface PrivateSlot<T> {
  /** Once for each object. */
  put(object: object, value: T): void
  of(object: object): T | undefined
}

/**
 * Notes in a private field on the object itself. As with a WeakMap nobody sees them, no copy and no wrapper has them
 * and they die with the object; other than a WeakMap they cost next to nothing, neither when they are written nor when
 * garbage is collected.
 */
export function createPrivateSlot<T>(): PrivateSlot<T> {
  class Note extends Given {
    readonly #value: T

    constructor(object: object, value: T) {
      super(object)
      this.#value = value
    }

    static of(object: object): T | undefined {
      return #value in object ? object.#value : undefined
    }
  }
  return {
    put: (object, value) => void new Note(object, value),
    of: (object) => Note.of(object),
  }
}

/** What a constructor returns is what the private fields of its descendants are put on. */
const Given = function given(object: object) {
  return object
} as unknown as new (object: object) => object
