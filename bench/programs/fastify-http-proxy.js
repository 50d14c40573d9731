import cors from '@fastify/cors'
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'

// What most would build with Fastify, with the defaults of its plugins. Its list knows exact origins only, so
// the wildcards of ours are written as it wants them.
const { ALLOWED_ORIGINS = '', BACKEND_URL } = process.env

const app = Fastify()
await app.register(cors, { origin: ALLOWED_ORIGINS.split(/,(?![^[]*\])/).map(toOrigin), credentials: true })
await app.register(httpProxy, { upstream: BACKEND_URL, prefix: '/stomp', websocket: true })
await app.listen({ port: 0, host: '127.0.0.1' })
process.stdout.write(`listening on ${app.server.address().port}\n`)

/** An exact origin is a text, `*.` any sub-domain, `[a,b]` one of these ports. */
function toOrigin (entry) {
  if (!/[*[]/.test(entry)) return entry
  const pattern = entry.replace(/[.]/g, '\\.').replace(/\[(.*)\]/, (_, ports) => `(${ports.replaceAll(',', '|')})`)
  return new RegExp(`^${pattern.replace('*', '[^/]+')}$`)
}
