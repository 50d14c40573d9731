import { printable } from '../origin/printable.js'

/** Long enough for any message, and too short to fill a terminal. */
const MAX_LENGTH = 2_000

/** Text that may hold somebody else's characters, on one line, harmless to a terminal. */
export function plain (text: unknown): string {
  return printable(String(text), MAX_LENGTH)
}

/** Several lines of such text, their line breaks kept. */
export function plainLines (text: string): string {
  return text.split('\n').map(plain).join('\n')
}

/** JSON for scripts, in ASCII: a terminal may be what reads it. Ends with a line break. */
export function toJson (value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replace(/[\u007f-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
