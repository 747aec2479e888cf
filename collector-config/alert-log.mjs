// Prints each alert that Alertmanager posts as a line of JSON, and serves the pages that alerts link to.
// ALERTS_HOST and ALERTS_PORT: where it listens (default 127.0.0.1:9095). ALERTS_PAGES: the folder `docs`.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const { ALERTS_HOST: host = '127.0.0.1', ALERTS_PORT: port = '9095' } = process.env
const pages = process.env.ALERTS_PAGES ?? fileURLToPath(new URL('../docs', import.meta.url))

const PAGE = /^\/(?<path>(?:findings\/)?[A-Za-z_]+\.md)$/u

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost')
  const page = PAGE.exec(pathname)?.groups.path
  if (request.method === 'POST' && pathname === '/alerts') {
    print(JSON.parse(await textOf(request)))
    response.end()
  } else if (page !== undefined) {
    const text = await readFile(join(pages, page))
    response.setHeader('content-type', 'text/plain; charset=utf-8').end(text)
  } else response.writeHead(404).end()
}

async function textOf(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

function print({ alerts }) {
  for (const alert of alerts) process.stdout.write(`${JSON.stringify(alert)}\n`)
}

createServer((request, response) => {
  answer(request, response).catch((error) => response.writeHead(error.code === 'ENOENT' ? 404 : 400).end())
}).listen(Number(port), host)

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit())
