// As esm.mjs, with the modules imported whole.
import http from 'node:http'
import * as onbehalf from 'onbehalf'
import { serveUsers } from './serve-users.mjs'

await serveUsers({
  createServer: (...args) => http.createServer(...args),
  get: (...args) => http.get(...args),
  ...onbehalf,
})
