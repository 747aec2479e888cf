/** What the apps do, with the functions as their kind of module gets them. */
export async function serveUsers({ createServer, get, asAgent, onBehalfOf, via }) {
  const api = await listening(createServer((request, response) => response.end(request.url)))
  const app = await listening(createServer(answer))
  await Promise.all(
    ['kai@contoso.com', 'mia@contoso.com'].map((user) => fetch(app.url, { headers: { 'x-user': user } })),
  )
  app.server.close()
  api.server.close()

  function answer(request, response) {
    const user = request.headers['x-user']
    const calls = () => Promise.all([overHttp(`${api.url}http`), fetch(`${api.url}fetch`)])
    void onBehalfOf({ principal: { id: user, type: 'human' }, intent: `serve ${user}` }, () =>
      asAgent('buyer', () => via('shop', calls)),
    ).then(() => response.end())
  }

  function overHttp(url) {
    return new Promise((resolve, reject) => {
      get(url, { agent: false }, (response) => response.resume().on('end', resolve)).on('error', reject)
    })
  }
}

function listening(server) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ server, url: `http://127.0.0.1:${server.address().port}/` }))
  })
}
