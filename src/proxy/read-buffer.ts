import { Socket } from 'node:net'

/** As much as the event loop reads at once when it takes a buffer of its own each time. */
const READ_BYTES = 65_536

/**
 * One for all connections: the loop fills it for one of them at a time, and whoever reads that one is done
 * with it when the call returns. What is still needed afterwards must be copied by then.
 */
export const READ_BUFFER = Buffer.allocUnsafeSlow(READ_BYTES)

/** Part of every Buffer, though not of its types: `toString` looks its way through all encodings first. */
interface Latin1 { latin1Slice: (start: number, end: number) => string }

/** The first `size` bytes as a text, a byte a character. */
export function textOf (bytes: Buffer, size: number): string {
  return (bytes as Buffer & Latin1).latin1Slice(0, size)
}

/** Takes the first `size` bytes of READ_BUFFER; `this` is the socket. */
type Take<T extends Socket> = (this: T, size: number) => void

/** What Node's own `onread` sets on a socket that connects (lib/net.js); nothing sets it later. */
interface Internals { readonly kBuffer: symbol, readonly kBufferCb: symbol }
interface Handle { useUserBuffer?: (buffer: Uint8Array) => void }

const internals = findInternals()

/**
 * Lets a connected socket be read into READ_BUFFER from now on, instead of into memory that is allocated for
 * each read and told by `data`. `onread` does this for sockets that connect; one that a server accepted has
 * no such option, so the same is set by hand. What the socket holds already still comes as `data`.
 * @returns false when this Node does it in another way: all goes on as it was
 */
export function readIntoBuffer<T extends Socket> (socket: T, take: Take<T>): boolean {
  const handle = (socket as unknown as { _handle: Handle | null })._handle
  if (internals === undefined || typeof handle?.useUserBuffer !== 'function') return false
  const { kBuffer, kBufferCb } = internals
  handle.useUserBuffer(READ_BUFFER)
  Object.assign(socket, { [kBuffer]: READ_BUFFER, [kBufferCb]: take })
  return true
}

function findInternals (): Internals | undefined {
  const symbols = Object.getOwnPropertySymbols(new Socket())
  const named = (name: string) => symbols.find(({ description }) => description === name)
  const [kBuffer, kBufferCb] = [named('kBuffer'), named('kBufferCb')]
  /* c8 ignore next -- a Node that is not among those tested */
  return kBuffer === undefined || kBufferCb === undefined ? undefined : { kBuffer, kBufferCb }
}
