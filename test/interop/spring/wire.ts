import { randomUUID } from 'node:crypto'
import type { Agent } from 'node:http'
import { WebSocket } from 'ws'
import { agentFor, ask, openAsk, type Door } from '../../helper/door.js'

/** The ways to carry messages to a SockJS endpoint of Spring. */
export const TRANSPORTS = ['websocket', 'raw websocket', 'xhr_streaming', 'eventsource', 'xhr'] as const
export type Transport = typeof TRANSPORTS[number]

/** What stands on each request; both functions are asked for each. */
export interface WireOptions {
  headers?: () => Record<string, string>
  /** Which connections it may use; without it each request has one of its own. */
  agent?: () => Agent
}

/** An open transport. */
export interface Wire {
  /** Resolves with the status of the xhr_send, 0 on a WebSocket. */
  send: (message: string) => Promise<number>
  /** Ends it as a closed page would. */
  leave: () => void
}

/** Gets each message, and once how it ended. */
export interface Sink { tell: (message: string) => void, end: (how: string) => void }

const HANDSHAKE_TIMEOUT_MS = 15_000

/** Opens a transport at `<door>/ws-stomp`; rejects with `<transport> answered <status>` if refused. */
export async function openWire (
  door: Door, transport: Transport, options: WireOptions, sink: Sink
): Promise<Wire> {
  const session = `/ws-stomp/000/${randomUUID()}`
  if (transport === 'raw websocket') return await openRawWebSocket(door, '/ws-stomp/websocket', options, sink)
  const take = sockJsReader(sink)
  if (transport !== 'websocket') return await openHttp(door, `${session}/`, transport, options, { ...sink, take })
  const { send, leave } = await openRawWebSocket(door, `${session}/websocket`, options, { ...sink, tell: take })
  return { send: message => send(JSON.stringify([message])), leave }
}

async function openRawWebSocket (
  door: Door, path: string, { headers, agent }: WireOptions, { tell, end }: Sink
): Promise<Wire> {
  const socket = new WebSocket(`${door.url.replace('http', 'ws')}${path}`, ['v12.stomp'], {
    headers: headers?.() ?? {}, agent: agent?.() ?? agentFor(door), handshakeTimeout: HANDSHAKE_TIMEOUT_MS
  })
  socket.on('message', data => tell(String(data)))
  socket.on('close', (code, reason) => end(`${code} ${reason}`.trim()))
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject) // once open, 'close' follows and tells it
    socket.once('open', resolve)
    socket.once('unexpected-response', (request, response) => {
      request.destroy()
      reject(new Error(`${path.split('/').length > 3 ? 'websocket' : 'raw websocket'} answered ${response.statusCode}`))
    })
  })
  return {
    send: async message => {
      socket.send(message)
      return 0
    },
    leave: () => socket.terminate()
  }
}

async function openHttp (
  door: Door, session: string, transport: 'xhr_streaming' | 'eventsource' | 'xhr', options: WireOptions,
  { end, take }: Sink & { take: (frame: string) => boolean }
): Promise<Wire> {
  const left = new AbortController()
  const asked = () => {
    return { headers: options.headers?.() ?? {}, ...(options.agent && { agent: options.agent() }) }
  }
  const method = transport === 'eventsource' ? 'GET' : 'POST'
  const receive = () =>
    openAsk(door, `${session}${transport}`, { method, signal: left.signal, ...asked() }).answer
  const first = await receive()
  if (first.statusCode !== 200) {
    left.abort()
    throw new Error(`${transport} answered ${first.statusCode}`)
  }
  const follow = async () => {
    // Polls end with each answer, and streams after 128 KiB: both are then opened anew.
    for (let response = first; ; response = await receive()) {
      if (response.statusCode !== 200) return end(`${transport} answered ${response.statusCode}`)
      let rest = ''
      for await (const chunk of response.setEncoding('utf8')) {
        const frames = `${rest}${chunk}`.split(/\r?\n/)
        rest = frames.pop() ?? ''
        if (frames.some(frame => take(frame.replace(/^data: ?/, '')))) return
      }
    }
  }
  follow().catch(error => end(left.signal.aborted ? 'left' : String(error)))
  return {
    send: async message => {
      const body = JSON.stringify([message])
      return (await ask(door, `${session}xhr_send`, { method: 'POST', body, ...asked() })).status
    },
    leave: () => left.abort()
  }
}

/** Reads SockJS frames; true at the one that closes. SockJS protocol, "Framing accepted by the client". */
function sockJsReader ({ tell, end }: Sink): (frame: string) => boolean {
  return frame => {
    if (frame.startsWith('a')) for (const message of JSON.parse(frame.slice(1)) as string[]) tell(message)
    if (frame.startsWith('c')) end(frame)
    return frame.startsWith('c')
  }
}
