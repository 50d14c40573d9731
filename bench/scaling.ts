/** Cores that two workers are meant to fill. */
const CORES = 2

/**
 * How many times the requests of one process two workers can answer on two cores, as far as CPU time goes.
 * Both cores' time is spent on all processes, and the busiest process has no more than one core: the nearer
 * limit counts.
 * @param single CPU time per request of the gateway as one process
 * @param processes CPU time per request of each process of the gateway with two workers, the primary's too
 */
export function scalingOf (single: number, processes: readonly number[]): number {
  const all = processes.reduce((total, each) => total + each, 0)
  return Math.min(CORES * single / all, single / Math.max(...processes))
}
