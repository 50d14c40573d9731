import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FILE = fileURLToPath(new URL('../../nginx/nginx.conf', import.meta.url))

/**
 * examples/nginx/nginx.conf with other addresses in place of those that it names: nothing else is changed.
 * Throws when the file names one of them no more.
 * @param {object} addresses
 * @param {string} addresses.http where nginx listens for http
 * @param {string} addresses.https where it listens for https
 * @param {number | string} addresses.publicPort the https port that browsers see
 * @param {string} addresses.upstream where the gateway listens
 * @returns {string}
 */
export function nginxConf ({ http, https, publicPort, upstream }) {
  const replacements = new Map([
    ['listen 127.0.0.1:8080', `listen ${http}`],
    ['listen 127.0.0.1:8443', `listen ${https}`],
    ['$host:8443', `$host:${publicPort}`],
    ['server 127.0.0.1:8000', `server ${upstream}`]
  ])
  const text = readFileSync(FILE, 'utf8')
  const missing = [...replacements.keys()].find(named => !text.includes(named))
  if (missing !== undefined) throw new Error(`${FILE} has no "${missing}"`)
  const patterns = [...replacements.keys()].map(named => named.replaceAll(/[$.]/g, '\\$&'))
  // In one pass, for a new address may look like an old one.
  return text.replaceAll(new RegExp(patterns.join('|'), 'g'), named => replacements.get(named))
}
