// Serves two users at once; for each it calls an API over http and over fetch. It ends by itself.
import { createServer, get } from 'node:http'
import { asAgent, onBehalfOf, via } from 'onbehalf'
import { serveUsers } from './serve-users.mjs'

await serveUsers({ createServer, get, asAgent, onBehalfOf, via })
