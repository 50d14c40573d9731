import { readdirSync, readFileSync } from 'node:fs'

/** Linux tells CPU time in ticks of 1/100 s to programs (USER_HZ) on every architecture that Node runs on. */
const TICK_US = 10_000

/** This process and all that it started, and those started, and so on; read from /proc. */
export function processTree (pid: number): number[] {
  const parents = numbersIn('/proc').map(id => [id, Number(statFields(id)[1])] as const)
  const tree = [pid]
  for (const known of tree) tree.push(...parents.filter(([, parent]) => parent === known).map(([id]) => id))
  return tree
}

/** Whether it runs: a zombie, which waits for its parent to look at its exit code, does no more. */
export function isRunning (pid: number): boolean {
  return !['Z', 'X', ''].includes(statFields(pid)[0] ?? '')
}

/**
 * CPU time of a process in microseconds: to the nanosecond from its threads' schedstat (proc(5)), else in
 * steps of 10 ms. A thread that has ended no longer counts in the former: compare processes whose threads
 * stay. 0 for one that is gone.
 */
export function cpuUsOf (pid: number): number {
  try {
    const ns = numbersIn(`/proc/${pid}/task`)
      .map(thread => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
    return ns.reduce((sum, each) => sum + each, 0) / 1_000
  } catch {
    const [utime = 0, stime = 0] = statFields(pid).slice(11, 13).map(Number)
    return (utime + stime) * TICK_US
  }
}

/** Memory of a process that is in RAM (RSS), in KiB; 0 for one that is gone. */
export function memoryKiBOf (pid: number): number {
  const status = read(`/proc/${pid}/status`)
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
}

/** How many descriptors a process has open; 0 for one that is gone. */
export function openFilesOf (pid: number): number {
  return numbersIn(`/proc/${pid}/fd`).length
}

/** The fields of /proc/<pid>/stat behind the name, which may hold spaces and brackets: state, parent, … */
function statFields (pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Processes end while they are looked at: what is gone is empty. */
function read (path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function numbersIn (directory: string): number[] {
  try {
    return readdirSync(directory).filter(name => /^\d+$/.test(name)).map(Number)
  } catch {
    return []
  }
}
