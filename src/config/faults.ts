import { printable } from '../origin/printable.js'

/** One thing that is wrong with a setting. `message` says what, shows the value, and names the mend. */
export interface Fault {
  readonly setting: string
  readonly message: string
}

/** Thrown by loadConfig: the settings cannot be used. `faults` holds every fault, not just the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'ERR_CONFIG_INVALID'

  constructor (readonly faults: readonly Fault[]) {
    super(`Settings refused: ${[...new Set(faults.map(({ setting }) => setting))].join(', ')}`)
  }
}

/** The text for a terminal: a headline with the count, then one line a fault. Ends without a line break. */
export function formatFaults ({ faults }: ConfigError): string {
  const headline = faults.length === 1
    ? 'Gatehouse cannot start: 1 fault in the settings'
    : `Gatehouse cannot start: ${faults.length} faults in the settings`
  return [headline, ...faults.map(({ setting, message }) => `  ${setting}: ${message}`)].join('\n')
}

/** `text` in single quotes, on one line, cut at 80 characters: a pasted file must not fill the terminal. */
export function quote (text: string): string {
  return `'${printable(text, 80)}'`
}
