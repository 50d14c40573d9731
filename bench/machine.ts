import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** What a figure depends on, beside the programs. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
}

/** This machine. */
export function describeMachine (): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: allowedCores().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version
  }
}

/** The cores that this process may run on. */
export function allowedCores (): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return parseCoreList(list)
}

/** Cores as Linux lists them: `0-2,5` is 0, 1, 2 and 5. */
export function parseCoreList (list: string): number[] {
  return list.split(',').flatMap(range => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
