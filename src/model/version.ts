/** The version of this package, as in `attribution.judge`. A test checks that it matches package.json. */
export const VERSION = '0.1.0'
