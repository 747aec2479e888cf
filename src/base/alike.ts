/** Makes a function that replaces another one show the same name and length. */
export function alike<F extends object>(
  replacement: F,
  original: { readonly name: string; readonly length: number },
): F {
  return Object.defineProperties(replacement, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  })
}
