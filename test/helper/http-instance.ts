import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Test } from 'tap'

/** One request as an instance read it, body and all. */
export interface SeenRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  rawHeaders: string[]
  body: Buffer
}

/** A chat-service made of node:http: it parses what it receives and answers what the test says. */
export interface HttpInstance {
  url: string
  port: number
  /** Requests read to their end, in that order. */
  requests: SeenRequest[]
  /** Requests whose client left before the answer was complete. */
  aborted: () => number
  /** Stops listening and ends all connections: further connects are refused. */
  close: () => Promise<void>
}

type Answer = (request: SeenRequest, response: ServerResponse) => void

/** Listens on a free port, or on `port`; by default it answers every request 200 with its method and URL. */
export async function httpInstance (t: Test, answer: Answer = echo, port = 0): Promise<HttpInstance> {
  const requests: SeenRequest[] = []
  const sockets = new Set<Socket>()
  let aborted = 0
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('error', () => {}) // a body cut short is seen as a request that never ends
    response.on('close', () => { if (!response.writableFinished) aborted += 1 })
    request.on('end', () => {
      const seen = { method, url, headers, rawHeaders, body: Buffer.concat(chunks) }
      requests.push(seen)
      answer(seen, response)
    })
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const bound = (server.address() as AddressInfo).port
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  t.teardown(close)
  return { url: `http://127.0.0.1:${bound}`, port: bound, requests, aborted: () => aborted, close }
}

function echo ({ method, url }: SeenRequest, response: ServerResponse): void {
  response.end(`${method} ${url}`)
}

/** A URL of 127.0.0.1 whose port nobody listens on. */
export async function deadUrl (t: Test): Promise<string> {
  const instance = await httpInstance(t)
  await instance.close()
  return instance.url
}
