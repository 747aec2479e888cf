// The same, as CommonJS.
const [, , line, set] = process.argv
const { load } = require(`../lines/${line}/load.cjs`)

async function main() {
  const { LIMITERS, RIGHT } = await import('./limiters.mjs')
  const { useLimiters } = await import('./users.mjs')
  await useLimiters(set === 'right' ? RIGHT : LIMITERS, load, set === 'bound')
  process.emit('SIGTERM')
}
main()
