// Bundles an app by webpack: the entry, then the folder for what comes out. It prints what webpack warns of.
import webpack from 'webpack'

const [, , entry, path] = process.argv
const config = { mode: 'production', target: 'node', entry, output: { path, filename: 'index.cjs' } }
webpack(config, (error, stats) => {
  if (error) throw error
  const { errors, warnings } = stats.toJson({ errors: true, warnings: true })
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
  process.stdout.write(JSON.stringify(warnings.map(({ moduleName, message }) => `${moduleName}: ${message}`)))
})
