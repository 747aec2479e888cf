// An ES module that uses the limiters of a line: `run.mjs LINE SET`.
const [, , line, set] = process.argv
const { load } = await import(`../lines/${line}/load.mjs`)
const { LIMITERS, RIGHT } = await import('./limiters.mjs')
const { useLimiters } = await import('./users.mjs')
await useLimiters(set === 'right' ? RIGHT : LIMITERS, load, set === 'bound')
process.emit('SIGTERM')
