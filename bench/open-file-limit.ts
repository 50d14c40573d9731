import { readFileSync } from 'node:fs'

/** How many descriptors one process may have open: the hard limit, to which Node raises its own. */
export function openFileLimit (): number {
  return parseOpenFileLimit(readFileSync('/proc/self/limits', 'utf8'))
}

/** The same from the text of /proc/<pid>/limits (proc(5)). */
export function parseOpenFileLimit (limits: string): number {
  const hard = /^Max open files +\S+ +(\S+)/m.exec(limits)?.[1]
  return hard === 'unlimited' ? Infinity : Number(hard)
}
