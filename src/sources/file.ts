import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { MAX_DOCUMENT_BYTES, parseOriginBytes } from '../origin/document.js'
import type { OriginSource } from '../origin/policy.js'
import type { SourceOptions } from './options.js'
import { PolledSource } from './polled.js'

/**
 * What stands at the path is compared with what was read, so that all changes are seen alike: a write, a
 * rename over it, a symbolic link turned elsewhere (Kubernetes does), a bind mount. Events miss some.
 */
const LOOK_MS = 500
/** Two writes within one tick of a file system's clock leave the same time; a later look tells them apart. */
const CLOCK_TICK_MS = 1_000

/** What stands at a path: `stat` compares two looks, `id` a look with what was read. */
interface Look { readonly stat: string, readonly id: string }

/**
 * A document in a file; see parseOriginDocument. A change is read when two looks in a row have seen the same,
 * so within a second, and not while somebody still writes.
 */
export function createFileSource (
  { name, path: given }: { readonly name: string, readonly path: string },
  { fetchTimeoutMs }: Pick<SourceOptions, 'fetchTimeoutMs'>
): OriginSource {
  const path = resolve(given)
  let known: string | undefined // what was read, or was no document; undefined asks for another reading
  let seen: string | undefined // by the last look
  return new PolledSource({
    name,
    intervalMs: LOOK_MS,
    timeoutMs: fetchTimeoutMs,
    timeoutMessage: `${path} was not read within ${fetchTimeoutMs} ms: check its file system`,
    isDue: async () => {
      const { stat, id } = await look(path)
      const isStill = stat === seen
      seen = stat
      return isStill && id !== known
    },
    read: async signal => {
      known = undefined // so that the next look reads again, unless this reading comes to an end
      const note = ({ stat, id }: Look) => { if (!signal.aborted) [seen, known] = [stat, id] }
      try {
        const { bytes, ...read } = await readStill(path, signal)
        note(read)
        return parse(path, bytes)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT') note({ stat: code, id: code })
        throw describeFailure(path, error as NodeJS.ErrnoException)
      }
    }
  })
}

async function look (path: string): Promise<Look> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs } = await stat(path, { bigint: true })
    const now = Date.now()
    const isFresh = Math.abs(now - Number(mtimeMs)) < CLOCK_TICK_MS
    const seen = [dev, ino, size, mtimeNs, ctimeNs].join()
    return { stat: seen, id: isFresh ? `${seen} at ${now}` : seen }
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    return { stat: code, id: code }
  }
}

/** What stands at the path, and was not changed while it was read. */
async function readStill (path: string, signal: AbortSignal): Promise<Look & { readonly bytes: Uint8Array }> {
  for (;;) {
    const before = await look(path)
    const bytes = await readBytes(path)
    const { stat } = await look(path)
    if (stat === before.stat) return { ...before, bytes }
    await setTimeout(LOOK_MS, undefined, { signal })
  }
}

/** One byte more than is allowed at most. */
async function readBytes (path: string): Promise<Uint8Array> {
  // Not to wait for a writer, in case it is a named pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is no regular file: name one`)
    const chunks: Buffer[] = []
    // `end` counts as well.
    const stream = file.createReadStream({ end: MAX_DOCUMENT_BYTES, autoClose: false })
    for await (const chunk of stream) chunks.push(chunk)
    return Buffer.concat(chunks)
  } finally {
    await file.close()
  }
}

function parse (path: string, bytes: Uint8Array): string[] {
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new Error(`${path} has more than ${MAX_DOCUMENT_BYTES} bytes: shorten it`)
  }
  try {
    return parseOriginBytes(bytes)
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`)
  }
}

function describeFailure (path: string, error: NodeJS.ErrnoException): Error {
  switch (error.code) {
    case undefined: return error
    case 'ENOENT': return new Error(`${path} does not exist: create it, or correct the path`)
    case 'EACCES': return new Error(`${path} may not be read: let the user of this process read it`)
    default: return new Error(`${path} cannot be read (${error.code}): check the path`)
  }
}
