import type { Socket } from 'node:net'
import type { Test } from 'tap'
import { joinSockets, type TunnelEnd, type TunnelOptions } from '../../src/proxy/tunnel.js'
import { socketPair } from './socket-pair.js'

/** A tunnel, and what a test can do to it. */
export interface Joined {
  /** The far ends: what the tunnel's two peers hold. */
  client: Socket
  instance: Socket
  end: (by: TunnelEnd) => void
  /** Every call of onEnd so far. */
  ends: TunnelEnd[]
  /** Resolves with the first of them. */
  ended: Promise<TunnelEnd>
  /** The tunnel's own two sockets. */
  near: { client: Socket, instance: Socket }
}

/** Two connections joined as the gateway joins them: it accepted the client's and dialled the instance's. */
export async function join (
  t: Test, idleTimeoutMs = 60_000, limits: Pick<TunnelOptions, 'lingerMs' | 'stallMs' | 'revocable'> = {}
): Promise<Joined> {
  const client = await socketPair(t, { allowHalfOpen: true })
  const instance = await socketPair(t)
  const ends: TunnelEnd[] = []
  let end: Joined['end'] = () => {}
  const ended = new Promise<TunnelEnd>(resolve => {
    end = joinSockets(client.accepted, instance.dialled, {
      idleTimeoutMs,
      ...limits,
      onEnd: by => {
        ends.push(by)
        resolve(by)
      }
    })
  })
  const near = { client: client.accepted, instance: instance.dialled }
  return { client: client.dialled, instance: instance.accepted, end, ends, ended, near }
}

/** Whether a socket drains before 200 ms have passed: the kernel's buffers grow for a while. */
export async function drained (socket: Socket): Promise<boolean> {
  return await new Promise(resolve => {
    const timer = setTimeout(() => settle(false), 200)
    const onDrain = () => settle(true)
    const settle = (isDrained: boolean) => {
      clearTimeout(timer)
      socket.off('drain', onDrain)
      resolve(isDrained)
    }
    socket.once('drain', onDrain)
  })
}

/** Writes the same part again and again until the tunnel takes no more, as `reader` reads nothing. */
export async function stall (
  writer: Socket, reader: Socket, part: Buffer = Buffer.alloc(1_048_576)
): Promise<void> {
  reader.pause()
  while (writer.write(part) || await drained(writer));
}
