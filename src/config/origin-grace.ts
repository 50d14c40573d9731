import { quote } from './faults.js'

const LONGEST_MS = 600_000

/**
 * Reads ORIGIN_REVOKE_GRACE_MS: a number of ms, or undefined for `off`, which leaves tunnels and streams of a
 * revoked origin alone. `faults` holds a message when it is neither.
 */
export function parseRevokeGrace (text: string): {
  revokeGraceMs: number | undefined, faults: readonly string[]
} {
  if (text === 'off') return { revokeGraceMs: undefined, faults: [] }
  const ms = /^\d{1,7}$/.test(text) ? Number(text) : Infinity
  if (ms <= LONGEST_MS) return { revokeGraceMs: ms, faults: [] }
  const fault = `${quote(text)} is not a whole number from 0 to ${LONGEST_MS}. Write such a number of digits only, or off`
  return { revokeGraceMs: undefined, faults: [fault] }
}
