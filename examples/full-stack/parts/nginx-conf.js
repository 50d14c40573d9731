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
  const replacements = [
    ['listen 127.0.0.1:8080', `listen ${http}`],
    ['listen 127.0.0.1:8443', `listen ${https}`],
    ['https://$host:8443', `https://$host:${publicPort}`],
    ['server 127.0.0.1:8000', `server ${upstream}`]
  ]
  return replacements.reduce((text, [named, real]) => {
    if (!text.includes(named)) throw new Error(`${FILE} has no "${named}"`)
    return text.replaceAll(named, () => real)
  }, readFileSync(FILE, 'utf8'))
}
