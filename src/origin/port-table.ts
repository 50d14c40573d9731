import type { EntryPorts } from './entry-ports.js'

/** An entry as written, and its place in the list. */
export interface ListedEntry { readonly entry: string, readonly order: number }

/** The entries that share one scheme and host pattern, by port: there may be one for each port. */
export interface PortTable {
  any: ListedEntry | undefined
  /** Of origins without a port, which most have: no Map for them. */
  portless: ListedEntry | undefined
  byPort: Map<string, ListedEntry> | undefined
}

/** A table without entries. */
export function createPortTable (): PortTable {
  return { any: undefined, portless: undefined, byPort: undefined }
}

/** Lists an entry for these ports, behind the entries that are there. */
export function addPorts (table: PortTable, ports: EntryPorts, listed: ListedEntry): void {
  if (ports === 'any') {
    table.any ??= listed
    return
  }
  for (const port of ports) {
    if (port === '') table.portless ??= listed
    else {
      table.byPort ??= new Map()
      if (!table.byPort.has(port)) table.byPort.set(port, listed)
    }
  }
}

/** Whichever of `best` and the table's entries for this port was listed first. */
export function earliestAt (
  table: PortTable, port: string, best: ListedEntry | undefined
): ListedEntry | undefined {
  return earlier(earlier(best, table.any), port === '' ? table.portless : table.byPort?.get(port))
}

function earlier (one: ListedEntry | undefined, other: ListedEntry | undefined): ListedEntry | undefined {
  if (one === undefined) return other
  return other !== undefined && other.order < one.order ? other : one
}
