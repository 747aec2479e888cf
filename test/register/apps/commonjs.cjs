// As esm.mjs, in a CommonJS app.
const { createServer, get } = require('http')
const onbehalf = require('onbehalf')

void import('./serve-users.mjs').then(({ serveUsers }) => serveUsers({ createServer, get, ...onbehalf }))
