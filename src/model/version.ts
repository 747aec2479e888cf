/** The version of this package, as `attribution.judge` names it. A test holds it equal to package.json. */
export const VERSION = '0.1.0'
