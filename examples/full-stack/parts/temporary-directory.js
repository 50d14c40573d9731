import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { guard } from './guard.js'

/** For two seconds, because what writes into it may be about to end as well. */
const REMOVE = 'n=0; while [ $n -lt 20 ]; do rm -rf "$1"; sleep 0.1; n=$((n + 1)); done'

/**
 * Makes a directory for this user alone. It goes by `remove`, or with this process, however that ends.
 * @param {string} name told in the directory's name
 * @param {string} [parent] a directory that is there; the system's temporary one, if not said
 * @returns {Promise<{ path: string, remove: () => Promise<void> }>}
 */
export async function temporaryDirectory (name, parent = tmpdir()) {
  const path = join(parent, `gatehouse-${name}-${randomUUID()}`)
  const callOff = guard(REMOVE, path) // first: there is no moment at which it would stay
  const remove = async () => {
    await rm(path, { recursive: true, force: true, maxRetries: 5 })
    callOff()
  }
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    callOff()
    throw error
  }
  return { path, remove }
}
