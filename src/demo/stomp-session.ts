import type { Broker } from './broker.js'
import { createFrameReader } from './frame-reader.js'
import { agreeHeartBeats, startHeartBeats } from './heart-beat.js'
import type { Every } from './heart-beat.js'
import { encodeFrame } from './stomp-frame.js'
import type { StompFrame } from './stomp-frame.js'
import { createTopicCommands } from './topic-commands.js'
import type { Commands, Refusal } from './topic-commands.js'

/** The way back to the client: one text message a frame, and an end with a SockJS close code. */
export interface StompConnection {
  write (text: string): void
  close (code: number, reason: string): void
}

/** One client's STOMP session. Whoever owns the connection tells it what came in and that it ended. */
export interface StompSession {
  /** Bytes of the client, cut anywhere; SockJS carries any JSON, all but text and bytes is a bad frame. */
  receive (data: unknown): void
  /** The connection is gone: ends the session's timers and subscriptions. May be called more than once. */
  end (): void
}

interface StompSessionOptions {
  broker: Broker
  /** The `server` header of CONNECTED, `name/version`. */
  server: string
  /** ms between heart-beats this end offers and asks for; 0 for none. */
  heartBeatMs?: number | undefined
  /** This and the next keep one client from filling the memory of all. */
  maxFrameBytes?: number
  maxSubscriptions?: number
  every?: Every
}

type Headers = Array<readonly [string, string]>

const everyInterval: Every = (ms, run) => {
  const timer = setInterval(run, ms)
  return () => clearInterval(timer)
}

const isHandshake = (frame: StompFrame): boolean => frame.command === 'CONNECT' || frame.command === 'STOMP'
const refuseTransaction = (): Refusal => 'transactions are not supported'

/** Commands that need no state of the session. */
const SESSION_COMMANDS: Commands = new Map([
  ['CONNECT', () => 'the session is already connected'], ['STOMP', () => 'the session is already connected'],
  ['BEGIN', refuseTransaction], ['COMMIT', refuseTransaction], ['ABORT', refuseTransaction],
  ['DISCONNECT', () => undefined] // its receipt, then the end: see `accept`
])

/** What a connected client's frame leads to. */
function obey (frame: StompFrame, topicCommands: Commands): Refusal {
  const command = topicCommands.get(frame.command) ?? SESSION_COMMANDS.get(frame.command)
  if (command === undefined) return 'unknown command'
  if (frame.body !== '' && frame.command !== 'SEND') return 'only SEND may have a body'
  if (frame.headers.has('transaction')) return refuseTransaction()
  return command(frame)
}

/** A STOMP 1.2 session over one connection. A refused frame is answered by ERROR and the end (code 1002).
 *  CONNECT needs no `host`, though the specification asks for it: `@stomp/stompjs` sends none. */
export function openStompSession (connection: StompConnection, options: StompSessionOptions): StompSession {
  const { broker, server, heartBeatMs = 10_000, maxFrameBytes = 65_536, maxSubscriptions = 100 } = options
  const read = createFrameReader(maxFrameBytes)
  const topics = createTopicCommands({ broker, maxSubscriptions, deliver: (...message) => send('MESSAGE', ...message) })
  let state: 'fresh' | 'connected' | 'ended' = 'fresh'
  let beats: ReturnType<typeof startHeartBeats> | undefined

  const isEnded = () => state === 'ended' // a function: TypeScript believes that `accept` leaves `state` alone

  function send (command: string, headers: Headers, body?: string) {
    connection.write(encodeFrame(command, headers, body))
  }

  function end () {
    state = 'ended'
    beats?.stop()
    topics.end()
  }

  function close (code: number, reason: string) {
    end()
    connection.close(code, reason)
  }

  function fail (message: string, receipt?: string) {
    const headers: Headers = [['message', message], ['content-type', 'text/plain']]
    if (state === 'fresh') headers.push(['version', '1.2']) // "Protocol Negotiation": what would have been spoken
    if (receipt !== undefined) headers.push(['receipt-id', receipt])
    send('ERROR', headers, message)
    close(1002, 'STOMP error')
  }

  function connect (frame: StompFrame): Refusal {
    if (!isHandshake(frame)) return 'the first frame has to be CONNECT'
    const versions = frame.headers.get('accept-version')?.split(',') ?? ['1.0'] // 1.0 clients have no such header
    if (!versions.includes('1.2')) return 'the supported protocol version is 1.2'
    const periods = agreeHeartBeats(frame.headers.get('heart-beat'), heartBeatMs)
    if (periods === undefined) return 'heart-beat is not two numbers of milliseconds'
    state = 'connected'
    send('CONNECTED', [['version', '1.2'], ['heart-beat', `${heartBeatMs},${heartBeatMs}`], ['server', server]])
    beats = startHeartBeats(periods, {
      send: () => connection.write('\n'),
      onSilence: () => close(1002, 'no heart-beat'),
      every: options.every ?? everyInterval
    })
  }

  function accept (frame: StompFrame) {
    const receipt = isHandshake(frame) ? undefined : frame.headers.get('receipt') // "other than CONNECT"
    const refusal = state === 'fresh' ? connect(frame) : obey(frame, topics.commands)
    if (refusal !== undefined) return fail(refusal, receipt)
    if (receipt !== undefined) send('RECEIPT', [['receipt-id', receipt]])
    if (frame.command === 'DISCONNECT') close(1000, 'Normal closure')
  }

  function receive (data: unknown) {
    if (isEnded()) return
    beats?.heard()
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) return fail('a STOMP frame is text')
    for (const incoming of read(data)) {
      if (incoming.type === 'frame') accept(incoming.frame)
      if (incoming.type === 'malformed') fail(incoming.reason)
      if (isEnded()) return // what follows the last frame of a session is not read
    }
  }

  return { receive, end }
}
