import { Agent, createServer } from 'node:http'
import { createProxyServer } from 'http-proxy-3'

// With its defaults but for one: without an agent it opens a connection for each request, and closes the
// client's with it. It replaces no prefix by itself, and an error that nobody listens for ends the process.
const agent = new Agent({ keepAlive: true })
const proxy = createProxyServer({ target: process.env.BACKEND_URL, ws: true, agent })
proxy.on('error', (_error, _request, response) => { response.destroy() })

const server = createServer((request, response) => proxy.web(withoutPrefix(request), response))
server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {})
  proxy.ws(withoutPrefix(request), socket, head)
})
server.listen({ port: 0, host: '127.0.0.1' }, () => {
  process.stdout.write(`listening on ${server.address().port}\n`)
})

function withoutPrefix (request) {
  request.url = request.url.replace(/^\/stomp(?=\/)/, '')
  return request
}
