import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../../helper/within.js'
import { SOON_MS, type Target } from './feature.js'
import { openRawSocket, type Wire } from './wires.js'

/** A frame that came. */
export interface Frame { command: string, headers: ReadonlyMap<string, string>, body: string }

/** The text of a frame. */
export function frameOf (command: string, headers: readonly string[], body = ''): string {
  return `${command}\n${headers.map(line => `${line}\n`).join('')}\n${body}\0`
}

/** CONNECT with what the server asks for; of equal header lines the first counts. */
export function connectFrame ({ login }: Target, ...headers: string[]): string {
  return frameOf('CONNECT', [...headers, 'accept-version:1.2', 'host:/', ...login])
}

/** STOMP over a wire. */
export interface Stomp {
  send: (command: string, headers: readonly string[], body?: string) => Promise<void>
  /** Resolves with the next frame of this command; others are dropped. Rejects when the wire ends before. */
  until: (command: string, ms?: number) => Promise<Frame>
  wire: Wire
}

/** Reads frames from a wire: in pieces or several at once, as servers like. */
export function stompOver (wire: Wire): Stomp {
  let text = ''
  const next = async (): Promise<Frame> => {
    for (;;) {
      const found = /^\n*([A-Z]+)\r?\n((?:[^\n]+\n)*?)\r?\n([^\0]*)\0\n*/.exec(text)
      if (found !== null) {
        text = text.slice(found[0].length)
        const lines = (found[2] ?? '').split(/\r?\n/).filter(line => line !== '')
        const headers = lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const)
        return { command: found[1] ?? '', headers: new Map(headers), body: found[3] ?? '' }
      }
      text += await wire.next()
    }
  }
  const find = async (command: string) => {
    for (;;) {
      const frame = await next()
      if (frame.command === command) return frame
      if (frame.command === 'ERROR') throw new Error(`ERROR ${frame.headers.get('message')}`)
    }
  }
  /** Rejects when the wire has ended, and what came before has been read. */
  const lost = async (): Promise<never> => {
    const [code] = await wire.ended
    await pause(100)
    throw new Error(`closed with ${code}`)
  }
  return {
    send: (command, headers, body) => wire.send(frameOf(command, headers, body)),
    until: (command, ms = SOON_MS) => within(ms, command, Promise.race([find(command), lost()])),
    wire
  }
}

/** A session over `wire` (a plain WebSocket, if none is given) that the server has confirmed. */
export async function connectStomp (
  target: Target, { wire, headers = [] }: { wire?: Wire, headers?: string[] } = {}
) {
  const stomp = stompOver(wire ?? await openRawSocket(target))
  await stomp.wire.send(connectFrame(target, ...headers))
  const connected = await stomp.until('CONNECTED')
  return { ...stomp, connected }
}

/** A destination that nobody else uses. */
export function newTopic (kind = 'topic'): string {
  return `/${kind}/${randomBytes(6).toString('hex')}`
}

/** Connects, subscribes and sends itself `bodies`: rejects unless each comes back as it went, in order. */
export async function echo (target: Target, wire: Wire, ...bodies: string[]): Promise<void> {
  const stomp = await connectStomp(target, { wire })
  const topic = newTopic()
  await stomp.send('SUBSCRIBE', ['id:1', `destination:${topic}`])
  for (const body of bodies) await stomp.send('SEND', [`destination:${topic}`], body)
  for (const body of bodies) {
    if ((await stomp.until('MESSAGE')).body !== body) throw new Error('another message came back')
  }
}
