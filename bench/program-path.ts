import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** Which package of Debian has a program; left out: it has the program's name. */
const PACKAGES: Readonly<Record<string, string>> = { taskset: 'util-linux' }

/** Where programs are looked for: PATH, and where Debian puts servers, which users' PATHs lack. */
export function searchPath (): string {
  return [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean).join(delimiter)
}

/** The file of a program, or undefined when it is not on this machine. */
export function findProgram (command: string): string | undefined {
  if (isAbsolute(command)) return command
  return searchPath().split(delimiter).map(directory => join(directory, command)).find(isExecutable)
}

/**
 * The file of a program.
 * @throws Error with the line that installs it, when it is not on this machine
 */
export function pathOf (command: string): string {
  const path = findProgram(command)
  if (path !== undefined) return path
  throw new Error(`${command} is missing: apt-get install -y ${PACKAGES[command] ?? command}`)
}

function isExecutable (path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
