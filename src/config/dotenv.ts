import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { quote, type Fault } from './faults.js'
import { nearest } from './nearest.js'

/** What a `.env` file gives: its values, a fault when it cannot be read, a warning for each likely slip. */
export interface Dotenv {
  readonly values: NodeJS.Dict<string>
  readonly faults: readonly Fault[]
  readonly warnings: readonly string[]
}

const NOTHING: Dotenv = { values: {}, faults: [], warnings: [] }

/**
 * Reads the file at `path`; a missing file gives nothing, an unreadable one a fault. Only here are unknown
 * names compared with `known`: the file is the gateway's, the environment is full of other programs' names.
 */
export function readDotenv (path: string | false, known: readonly string[]): Dotenv {
  if (path === false) return NOTHING
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return NOTHING
    return { ...NOTHING, faults: [{ setting: path, message: `it cannot be read (${code}). Make it a readable file, or remove it` }] }
  }
  const values = parseEnv(text.replace(/^\uFEFF/, '')) // some editors start a file with a byte order mark
  const warnings = Object.keys(values).filter(name => !known.includes(name)).flatMap(name => {
    const meant = nearest(name, known)
    return meant === undefined ? [] : [`${quote(name)} in ${path} is no setting. Did you mean ${meant}?`]
  })
  return { values, faults: [], warnings }
}
