import { once } from 'node:events'
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/** How a proxy spoils what it passes on. */
export interface ProxyFaults {
  /** Gets the answer's header lines (names and values in turn) and gives those that are passed on. */
  editHeaders?: (lines: string[], path: string) => string[]
  /** Answers by itself: true when it did. */
  answer?: (request: IncomingMessage, response: ServerResponse) => boolean
  /** Holds each answer back until its end. */
  buffers?: boolean
  /** ms that each answer which streams is held back, as a buffer does that is flushed from time to time. */
  holdsStreamsMs?: number
  /** Forgets the Upgrade header, as a proxy does that was never told about it. */
  dropsUpgrade?: boolean
  /** Takes an upgrade into its own hands. */
  upgrade?: (request: IncomingMessage, socket: Socket) => void
}

/**
 * A reverse proxy as teams have in front: all headers pass, the Origin too; requests go to the targets in
 * turn.
 */
export async function plainProxy (
  t: Test, targets: readonly string[], faults: ProxyFaults = {}
): Promise<{ url: string }> {
  const sockets = new Set<Socket>()
  let turn = 0
  const next = () => new URL(targets[turn++ % targets.length] as string)
  const server = createServer((request, response) => {
    if (faults.answer?.(request, response) !== true) forward(next(), request, response, faults)
  }).on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  if (faults.dropsUpgrade !== true) {
    server.on('upgrade', (request, socket: Socket, head) => {
      if (faults.upgrade !== undefined) return faults.upgrade(request, socket)
      const { hostname, port } = next()
      const far = connect(Number(port), hostname, () => {
        far.write(headOf(request))
        far.write(head)
        far.pipe(socket).pipe(far)
      })
      far.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      socket.on('close', () => far.destroy())
    })
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const HOP_BY_HOP = /^(?:connection|keep-alive|transfer-encoding)$/i

const STREAMED = /\/(?:xhr_streaming|eventsource)$/

function forward (
  target: URL, request: IncomingMessage, response: ServerResponse, faults: ProxyFaults
): void {
  const { method, url: path = '', headers: { upgrade, connection, ...headers } } = request
  const far = send({ host: target.hostname, port: target.port, method, path, headers, agent: false })
  far.on('error', () => response.destroy())
  response.on('close', () => far.destroy())
  far.on('response', answer => {
    answer.on('error', () => response.destroy())
    const lines = faults.editHeaders?.(answer.rawHeaders, path) ?? answer.rawHeaders
    const kept = lines.filter((_, index) => !HOP_BY_HOP.test(String(lines[index - index % 2])))
    const writeHead = () => response.writeHead(answer.statusCode ?? 502, kept)
    if (faults.buffers === true) {
      const chunks: Buffer[] = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.on('end', () => writeHead().end(Buffer.concat(chunks)))
    } else {
      const pass = () => {
        writeHead().flushHeaders()
        answer.pipe(response)
      }
      const isHeld = faults.holdsStreamsMs !== undefined && STREAMED.test(path)
      const timer = isHeld ? setTimeout(pass, faults.holdsStreamsMs) : undefined
      if (isHeld) response.on('close', () => clearTimeout(timer))
      else pass()
    }
  })
  request.pipe(far)
}

function headOf ({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, index) => index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [])
  return [`${method} ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}
