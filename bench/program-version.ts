import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findProgram } from './program-path.js'

/**
 * What a program says about its version, as group 1 of `pattern`; undefined when it is not on this
 * machine.
 */
export async function programVersion (
  command: string, args: readonly string[], pattern: RegExp
): Promise<string | undefined> {
  const path = findProgram(command)
  if (path === undefined) return undefined
  const { stdout, stderr } = await promisify(execFile)(path, args, { timeout: 10_000 })
  return pattern.exec(stdout + stderr)?.[1] // nginx writes to standard error
}
