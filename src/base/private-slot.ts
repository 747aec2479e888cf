/** Stores a value on objects that belong to somebody else, one value per object. */
export interface PrivateSlot<T> {
  /** At most once per object. */
  put(object: object, value: T): void
  of(object: object): T | undefined
}

/**
 * Stores the value in a private field on the object itself. As with a WeakMap, the value is invisible, isn't copied to
 * clones or wrappers, and dies with the object. Unlike a WeakMap, it costs almost nothing, both on write and in garbage
 * collection.
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

/** Subclasses put their private fields on whatever object the base constructor returns. */
const Given = function given(object: object) {
  return object
} as unknown as new (object: object) => object
