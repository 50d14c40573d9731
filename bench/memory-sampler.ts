import { readFileSync } from 'node:fs'
import { processTree } from './process-tree.js'

/** Memory of a process and its children at one moment, in MiB. */
export interface MemorySample {
  /** in RAM, shared pages included */
  readonly rss: number
  /** of that, what belongs to no file: heaps, buffers and stacks */
  readonly anonymous: number
}

/** Looks at a process every `everyMs`, from now until `stop`, which gives what was seen. */
export function sampleMemory (pid: number, everyMs: number): { stop: () => MemorySample[] } {
  const samples: MemorySample[] = []
  const timer = setInterval(() => {
    const tree = processTree(pid).map(statusOf)
    samples.push({ rss: sum(tree, 'VmRSS'), anonymous: sum(tree, 'RssAnon') })
  }, everyMs)
  return {
    stop: () => {
      clearInterval(timer)
      return samples
    }
  }
}

const sum = (statuses: readonly string[], row: string): number => statuses
  .map(status => Number(new RegExp(`^${row}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024)
  .reduce((total, each) => total + each, 0)

/** '' of a process that is gone. */
function statusOf (pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
