import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { answerParent } from '../child.js'
import { createFrameReader, encodeFrame, OPCODE } from '../frames.js'
import { WEBSOCKET_ACCEPT } from '../load/browser-head.js'
import { blankFrames, FRAME_BYTES, monotonicUs, stampFrame } from '../load/stamped-message.js'
import { INFO_BODY } from './info-body.js'

/** SockJS's answer to `/info`, and the start of an event stream that stays open. */
const INFO_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n' +
  `Cache-Control: no-store\r\nContent-Length: ${INFO_BODY.length}\r\n\r\n${INFO_BODY}`
const STREAM_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n' +
  'd\r\n\r\ndata: o\r\n\r\n\r\n'
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Accept: ${WEBSOCKET_ACCEPT}\r\n\r\n`

/** Heads are a few hundred bytes here; more without an end is a fault. */
const MAX_HEAD = 16_384

/** How messages are sent: `messages` to each tunnel, one every `intervalMs`. */
export interface ChatPlan {
  readonly messages: number
  readonly intervalMs: number
  /** 1: each message goes to all at once. More: tunnels are in so many rooms, which take turns evenly. */
  readonly rooms: number
}

/** A tunnel whose client is gone ends here too, after so long at most. */
const CLOSE_MS = 10_000
const LOOK_EVERY_MS = 50

const tunnels = new Set<Socket>()

/**
 * A chat-service as cheap as Node can make it: no HTTP parser, no WebSocket library, prebuilt answers. It
 * serves `…/info`, an event stream that never ends, polls that are never answered, and tunnels that echo
 * short messages and get chat messages.
 */
const questions = {
  /** Begins to listen on a free port. */
  listen: async (): Promise<number> => {
    const server = createServer({ noDelay: true }, serve)
    server.listen(0, '127.0.0.1', 8_192)
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  },
  /** Tunnels that are open. */
  countTunnels: (): number => tunnels.size,
  /** Resolves once none is open; rejects when that takes longer than 10 s. */
  untilNoTunnels: async (): Promise<void> => {
    for (let waitedMs = 0; tunnels.size > 0; waitedMs += LOOK_EVERY_MS) {
      if (waitedMs > CLOSE_MS) throw new Error(`${tunnels.size} tunnels are still open, and no client is there`)
      await setTimeout(LOOK_EVERY_MS)
    }
  },
  /** Sends all of them; resolves when the last one was written. */
  chat: async (plan: ChatPlan): Promise<void> => await chat(plan)
}

/** For whoever starts this program. */
export type TimedChat = typeof questions

answerParent(questions)

function serve (socket: Socket): void {
  let head = ''
  socket.on('error', () => {}) // clients that abort are part of the load
  const onHead = (chunk: Buffer) => {
    head += chunk.toString('latin1')
    if (head.length > MAX_HEAD) socket.destroy()
    if (!head.endsWith('\r\n\r\n')) return // nobody here pipelines, or sends a body
    const asked = head
    head = ''
    if (!/\r\nupgrade: websocket\r\n/i.test(asked)) answer(socket, asked)
    else {
      socket.off('data', onHead)
      openTunnel(socket)
    }
  }
  socket.on('data', onHead)
}

function answer (socket: Socket, head: string): void {
  const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'))
  if (path.endsWith('/eventsource')) socket.write(STREAM_ANSWER)
  else if (!path.endsWith('/xhr')) socket.write(INFO_ANSWER)
}

function openTunnel (socket: Socket): void {
  const take = createFrameReader(true, (opcode, payload) => {
    socket.write(encodeFrame(opcode, payload))
    if (opcode === OPCODE.close) socket.end() // RFC 6455 §7.1.1: the server closes first
  })
  tunnels.add(socket)
  socket.once('close', () => tunnels.delete(socket))
  socket.on('data', take)
  socket.write(SWITCH)
}

async function chat ({ messages, intervalMs, rooms }: ChatPlan): Promise<void> {
  const groups = divide([...tunnels], rooms)
  const startUs = monotonicUs()
  for (let turn = 0; turn < messages * rooms; turn++) {
    const dueUs = startUs + turn * intervalMs * 1_000 / rooms
    await setTimeout(Math.max(0, (dueUs - monotonicUs()) / 1_000))
    broadcast(groups[turn % rooms] ?? [], Math.floor(turn / rooms))
  }
}

function divide (sockets: readonly Socket[], rooms: number): Socket[][] {
  const groups = Array.from({ length: rooms }, (): Socket[] => [])
  for (const [index, socket] of sockets.entries()) groups[index % rooms]?.push(socket)
  return groups
}

/** Memory of its own for each message: the system may take a frame later than it was written. */
function broadcast (sockets: readonly Socket[], sequence: number): void {
  const frames = blankFrames(sockets.length)
  const broadcastUs = monotonicUs()
  for (const [index, socket] of sockets.entries()) {
    const at = index * FRAME_BYTES
    stampFrame(frames, at, { sequence, broadcastUs, writtenUs: monotonicUs() })
    socket.write(frames.subarray(at, at + FRAME_BYTES))
  }
}
