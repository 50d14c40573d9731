import type { Socket } from 'node:net'
import type { Test } from 'tap'
import { parseUpstreams } from '../../src/config/upstreams.js'
import { dial, type Inlet } from '../../src/proxy/dial.js'
import { joinSockets, type TunnelEnd, type TunnelOptions } from '../../src/proxy/tunnel.js'
import { socketPair, type SocketPair } from './socket-pair.js'

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

/** What comes before the sockets are joined is not looked for. */
const nobody = { accept: () => {} }

/** A connection as the gateway has one to an instance: its bytes come through one buffer for all. */
export async function instancePair (t: Test): Promise<SocketPair & { inlet: Inlet }> {
  const inlet: Inlet = { reader: nobody }
  const pair = await socketPair(t, {
    connectTo: port => dial(parseUpstreams(`http://127.0.0.1:${port}`).upstreams[0]!, 2_000, () => {}, inlet)
  })
  return { ...pair, inlet }
}

/** Two connections joined as the gateway joins them: it accepted the client's and dialled the instance's. */
export async function join (
  t: Test, idleTimeoutMs = 60_000, limits: Pick<TunnelOptions, 'lingerMs' | 'stallMs' | 'revocable'> = {}
): Promise<Joined> {
  const client = await socketPair(t, { allowHalfOpen: true })
  const instance = await instancePair(t)
  const ends: TunnelEnd[] = []
  let end: Joined['end'] = () => {}
  const ended = new Promise<TunnelEnd>(resolve => {
    const tunnel = joinSockets(client.accepted, { socket: instance.dialled, inlet: instance.inlet }, {
      idleTimeoutMs,
      ...limits,
      onEnd: by => {
        ends.push(by)
        resolve(by)
      }
    })
    end = by => tunnel.end(by)
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
