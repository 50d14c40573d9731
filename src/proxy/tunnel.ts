import type { Socket } from 'node:net'
import { BoundaryClose, type BoundaryCloseEvents, type Revocable } from './close-at-boundary.js'
import type { Inlet, Reader } from './dial.js'
import { DirectWriter, waitingBytes } from './direct-write.js'
import { IdleClock } from './idle-clock.js'
import { READ_BUFFER, readIntoBuffer, textOf } from './read-buffer.js'
import { linger, watchReader } from './write-progress.js'

/**
 * Who ended a tunnel first; `stalled`: a side took no bytes while the other had some for it; `revoked`: its
 * origin is no longer allowed.
 */
export type TunnelEnd = 'client' | 'instance' | 'idle' | 'stalled' | 'shutdown' | 'revoked'

/** How two sockets are joined. */
export interface TunnelOptions {
  /** Neither side sent a byte for this long: both are closed. */
  readonly idleTimeoutMs: number
  /**
   * Once one side has ended, the other has this long without progress to take its last bytes and end, too;
   * left out, as long as a stalled one. What the kernel still holds for it is lost when it is closed earlier.
   */
  readonly lingerMs?: number
  /** A side that stops the other by not reading has this long to take a byte: 60 s when left out. */
  readonly stallMs?: number
  /** Without it, 'revoked' ends the tunnel as any other reason from outside does. */
  readonly revocable?: Revocable | undefined
  /** Called once, after both sockets are closed. */
  readonly onEnd: (by: TunnelEnd) => void
}

/** A dialled connection: what comes in goes to the inlet's reader. */
export interface InstanceSide { readonly socket: Socket, readonly inlet: Inlet }

const STALL_MS = 60_000

/** A chunk up to this size is copied faster as a string, which Node writes without a buffer object. */
const STRING_BYTES = 4_096

/**
 * Joins two upgraded sockets until both are closed. Bytes are passed on as they come; a side that stops
 * reading stops the other, so at most one write buffer each way is held. An end (FIN) travels after the last
 * bytes.
 * @returns ends the tunnel from outside: written bytes are flushed first, unless it is told twice.
 *   'revoked' passes the instance's bytes on up to the next frame boundary and ends the client's side there
 *   with a Close
 */
export function joinSockets (client: Socket, instance: InstanceSide, options: TunnelOptions): Tunnel {
  return new Tunnel(client, instance, options)
}

/** Two joined sockets. There are many tunnels, so listeners are shared and find theirs by the socket. */
export class Tunnel implements BoundaryCloseEvents {
  readonly #client: Side
  readonly #instance: Side
  readonly #options: TunnelOptions
  readonly #revocation: BoundaryClose | undefined
  readonly #clock: IdleClock
  #ended: TunnelEnd | undefined
  #isTold = false
  #open = 2
  #stopLingering: (() => void) | undefined

  constructor (client: Socket, { socket: instance, inlet }: InstanceSide, options: TunnelOptions) {
    this.#options = options
    this.#revocation = options.revocable && new BoundaryClose(client, options.revocable, this)
    this.#client = new Side(this, 'client', client, instance, undefined)
    this.#instance = new Side(this, 'instance', instance, client, this.#revocation)
    instance.allowHalfOpen = true // else its end would drop what the client has sent before it knew
    inlet.reader = this.#instance
    client.on('data', onData)
    for (const side of [this.#client, this.#instance]) {
      const { socket } = side
      ;(socket as Joined)[kSide] = side
      socket.on('drain', onDrain).on('end', onEnd).on('close', onClose)
      socket.resume()
    }
    readIntoBuffer(client as Joined, onRead)
    this.#clock = new IdleClock(options.idleTimeoutMs, () => this.cut('idle'))
  }

  /** A byte came in, or one that waits was looked after. */
  noteLife (): void {
    this.#clock.note()
  }

  /** Looking at a stalled side restarts the idle clock, so the shorter limit holds for it. */
  get stallMs (): number {
    return Math.min(this.#options.stallMs ?? STALL_MS, this.#options.idleTimeoutMs)
  }

  /** The side that is joined with this one. */
  other (side: Side): Side {
    return side === this.#client ? this.#instance : this.#client
  }

  /**
   * Ends both sides once what is written has gone; 'revoked' at the next frame boundary. Both are read on
   * until they end, too: closing over bytes that come in makes TCP reset, and what was not read yet is lost.
   * Told once more, it closes both at once.
   */
  end (by: TunnelEnd): void {
    if (by === 'revoked' && this.#revocation !== undefined) {
      this.#ended ??= by
      if (this.#open > 0) this.#revocation.close()
      return
    }
    if (this.#isTold) {
      this.cut(by)
      return
    }
    this.#isTold = true
    this.note(by)
    this.#finishBoth()
  }

  /** Closes both sides at once. */
  cut (by: TunnelEnd): void {
    this.note(by)
    this.#client.socket.destroy()
    this.#instance.socket.destroy()
  }

  /** The first to end is remembered; from then on the other is not waited for without end. */
  note (by: TunnelEnd): void {
    this.#ended ??= by
    if (this.#stopLingering !== undefined) return
    this.#clock.stop()
    const { lingerMs = this.stallMs } = this.#options
    this.#stopLingering = linger([this.#client.socket, this.#instance.socket], lingerMs)
  }

  /** One side is closed. */
  onClosed (by: 'client' | 'instance'): void {
    this.note(by)
    this.#open -= 1
    if (this.#open > 0) return
    this.#stopLingering?.()
    this.#revocation?.stop()
    this.#options.onEnd(this.#ended as TunnelEnd)
  }

  /**
   * The client's side ended with a Close. What either still sends is read and dropped: over unread bytes TCP
   * would reset, and lose the Close.
   */
  onBoundary (): void {
    this.note('revoked')
    this.#finishBoth()
  }

  #finishBoth (): void {
    for (const side of [this.#client, this.#instance]) {
      finish(side.socket)
      side.readOn()
    }
  }

  /** The time for it is over. */
  onLate (): void {
    this.cut('revoked')
  }
}

/** One socket of a tunnel, read for the other one. */
class Side implements Reader {
  readonly tunnel: Tunnel
  readonly by: 'client' | 'instance'
  readonly socket: Socket
  readonly #to: Socket
  /** Sees what comes in before it is passed on. */
  readonly #follower: BoundaryClose | undefined
  readonly #writer: DirectWriter
  #stopWatching: (() => void) | undefined

  constructor (
    tunnel: Tunnel, by: 'client' | 'instance', socket: Socket, to: Socket, follower: BoundaryClose | undefined
  ) {
    this.tunnel = tunnel
    this.by = by
    this.socket = socket
    this.#to = to
    this.#follower = follower
    this.#writer = new DirectWriter(to, () => this.onRoom())
  }

  /**
   * Passes on what stands in a buffer that others will use. After the other side's end nobody is left to read
   * it, and it is dropped.
   */
  accept (size: number, bytes: Buffer): void {
    this.tunnel.noteLife()
    this.#follower?.follow(bytes, size)
    const to = this.#to
    if (!to.writable) return
    const isTaken = size <= STRING_BYTES
      ? this.#writer.write(textOf(bytes, size))
      : to.write(Buffer.from(bytes.subarray(0, size)))
    if (!isTaken) this.#waitFor(to)
  }

  #waitFor (to: Socket): void {
    if (waitingBytes(to) === 0) return // a long chunk, which the kernel took whole
    this.socket.pause()
    const { tunnel } = this
    this.#stopWatching?.()
    this.#stopWatching = watchReader(to, this.socket, tunnel.stallMs, {
      onLook: () => tunnel.noteLife(), onStall: () => tunnel.cut('stalled')
    })
  }

  /** The other side takes bytes again. */
  onRoom (): void {
    this.tunnel.noteLife()
    this.readOn()
  }

  /** Reads on, whether or not there was room for what came before. */
  readOn (): void {
    this.#stopWatching?.()
    this.socket.resume()
  }

  /** The socket has told its end. */
  onEnd (): void {
    this.tunnel.note(this.by)
    finish(this.#to)
  }

  onClose (): void {
    this.#stopWatching?.()
    // A peer that was told the end may still read, and send what nobody wants. It is read on until it leaves
    // or the linger is over: closing over unread bytes makes TCP reset the connection, last bytes included.
    if (this.by === 'instance') finish(this.#to)
    else if (!this.socket.readableEnded) this.#to.destroySoon() // it has no reader now
    this.tunnel.other(this).readOn() // the drain that it may wait for will not come
    this.tunnel.onClosed(this.by)
  }
}

/** FIN, once what is written has gone. To a stream that has ended, Node would make an error for nobody. */
function finish (socket: Socket): void {
  if (socket.writable) socket.end()
}

const kSide = Symbol('side of a tunnel')
type Joined = Socket & { [kSide]: Side }

function onRead (this: Joined, size: number): void {
  this[kSide].accept(size, READ_BUFFER)
}

/** What was read before, and all where a Node reads in another way. */
function onData (this: Joined, chunk: Buffer): void {
  this[kSide].accept(chunk.length, chunk)
}

function onDrain (this: Joined): void {
  this[kSide].tunnel.other(this[kSide]).onRoom()
}

function onEnd (this: Joined): void {
  this[kSide].onEnd()
}

function onClose (this: Joined): void {
  this[kSide].onClose()
}
