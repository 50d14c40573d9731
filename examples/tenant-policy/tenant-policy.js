import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compileAllowList, splitEntries } from 'gatehouse/origin'

/** The table: the host a tenant's pages call -> the origins of these pages. */
const TABLE = process.env.TENANTS_FILE ?? fileURLToPath(new URL('tenants.json', import.meta.url))

/**
 * Each tenant has a host and a list of its own: the page of one tenant gets nowhere with another's.
 * @type {import('gatehouse').OriginPolicyFactory}
 */
export default function tenantPolicy ({ log, changed, signal }) {
  let tenants = readTable()

  // A half-written table must not lock the tenants out: the last good one stays.
  watchFile(TABLE, { interval: 500 }, () => {
    try {
      tenants = readTable()
      changed()
    } catch (error) {
      log.error('the table of tenants is kept as it was:', error.message)
    }
  })
  signal.addEventListener('abort', () => unwatchFile(TABLE))

  return {
    match (origin, { host }) {
      const tenant = tenants.get(host.toLowerCase().replace(/:\d+$/, ''))
      const entry = tenant?.match(origin)
      return entry && `${entry} of ${host}`
    }
  }
}

/** @returns {Map<string, import('gatehouse/origin').AllowList>} */
function readTable () {
  const table = JSON.parse(readFileSync(TABLE, 'utf8'))
  return new Map(Object.entries(table).map(([host, origins]) => {
    return [host.toLowerCase(), compileAllowList(splitEntries(origins)).allowList]
  }))
}
