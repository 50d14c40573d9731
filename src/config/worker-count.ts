import { availableParallelism } from 'node:os'
import { quote } from './faults.js'

const MOST = 256

/**
 * Reads WORKERS: a number of processes, or `auto` for one a processor core that this process may use.
 * `faults` holds a message when it is neither.
 */
export function parseWorkers (text: string): { workers: number, faults: readonly string[] } {
  if (text === 'auto') return { workers: Math.min(availableParallelism(), MOST), faults: [] }
  const workers = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (workers >= 1 && workers <= MOST) return { workers, faults: [] }
  const fault = `${quote(text)} is not a whole number from 1 to ${MOST}. Write such a number of digits only, or auto`
  return { workers: 1, faults: [fault] }
}
