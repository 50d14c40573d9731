import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
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

/** A document in a file; see parseOriginDocument. A changed file is seen within half a second. */
export function createFileSource (
  { name, path: given }: { readonly name: string, readonly path: string },
  { fetchTimeoutMs }: Pick<SourceOptions, 'fetchTimeoutMs'>
): OriginSource {
  const path = resolve(given)
  let known: string | undefined
  return new PolledSource({
    name,
    intervalMs: LOOK_MS,
    timeoutMs: fetchTimeoutMs,
    timeoutMessage: `${path} was not read within ${fetchTimeoutMs} ms: check its file system`,
    isDue: async () => await describeState(path) !== known,
    read: async signal => {
      const state = await describeState(path) // before reading: the next look sees what changes meanwhile
      try {
        return parse(path, await readBytes(path))
      } finally {
        if (!signal.aborted) known = state
      }
    }
  })
}

async function describeState (path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs } = await stat(path, { bigint: true })
    const now = Date.now()
    const isFresh = Math.abs(now - Number(mtimeMs)) < CLOCK_TICK_MS
    return [dev, ino, size, mtimeNs, ctimeNs, ...(isFresh ? [now] : [])].join()
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

function parse (path: string, bytes: Uint8Array): string[] {
  try {
    return parseOriginBytes(bytes)
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`)
  }
}

async function readBytes (path: string): Promise<Uint8Array> {
  try {
    // Not to wait for a writer, in case it is a named pipe.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (!(await file.stat()).isFile()) throw new Error(`${path} is no regular file: name one`)
      const chunks: Buffer[] = []
      // `end` counts as well: one byte more than is allowed.
      const stream = file.createReadStream({ end: MAX_DOCUMENT_BYTES, autoClose: false })
      for await (const chunk of stream) chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      if (bytes.length <= MAX_DOCUMENT_BYTES) return bytes
      throw new Error(`${path} has more than ${MAX_DOCUMENT_BYTES} bytes: shorten it`)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw describeFailure(path, error as NodeJS.ErrnoException)
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
