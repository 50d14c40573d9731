import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChild } from './child.js'

const SERVER = fileURLToPath(new URL('../../../dist/src/server.js', import.meta.url))
const SCHEMA = new URL('../../../dist/src/config/schema.js', import.meta.url)
const LISTENS = /^(?!.*"listener":"admin").*"msg":"listening at (http:[^"]+)"/m

/**
 * A gateway under way.
 * @typedef {object} Gateway
 * @property {string} url
 * @property {number} port
 * @property {import('./child.js').Child} child
 * @property {() => Array<Record<string, unknown>>} log the lines of its log so far, parsed
 */

/**
 * Starts the built gateway on free ports of 127.0.0.1, in production, with these settings and none of the
 * caller's own. LOG_LEVEL must leave `info` on: the log tells the port.
 * @param {Record<string, string>} settings
 * @param {{ signal?: AbortSignal }} [options] `signal` ends the start
 * @returns {Promise<Gateway>}
 */
export async function startGateway (settings, { signal } = {}) {
  if (!existsSync(SERVER)) throw new Error(`${SERVER} is missing. make it: npm ci`)
  const child = await startChild({
    name: 'gateway',
    command: process.execPath,
    args: [SERVER],
    cwd: dirname(SERVER), // a place without .env
    env: {
      ...await inherited(), HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0', NODE_ENV: 'production', ...settings
    },
    ready: LISTENS,
    timeoutMs: 30_000,
    install: 'https://nodejs.org',
    signal
  })
  const url = child.match[1]
  return { url, port: Number(new URL(url).port), child, log: () => parseLog(child.output()) }
}

async function inherited () {
  const { settingsSchema } = await import(SCHEMA.href)
  return Object.fromEntries(Object.entries(process.env)
    .filter(([name]) => !Object.hasOwn(settingsSchema.properties, name) && name !== 'NODE_OPTIONS'))
}

/** The last line may be half written, and the first one cut off. */
function parseLog (text) {
  return text.split('\n').filter(line => line.startsWith('{') && line.endsWith('}')).map(line => JSON.parse(line))
}
