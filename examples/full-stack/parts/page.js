import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from './child.js'

const PROJECT = fileURLToPath(new URL('../../react-client/', import.meta.url))

/**
 * Installs the page's packages, unless they are those of its lock file.
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<void>}
 */
export async function installPage ({ signal } = {}) {
  if (isInstalled()) return
  await runChild({
    name: 'npm ci',
    command: 'npm',
    args: ['ci', '--include=dev', '--no-audit', '--no-fund'],
    cwd: PROJECT,
    install: 'https://nodejs.org',
    signal
  })
}

/**
 * Builds the React page into a directory, in place of what is in there.
 * @param {{ stompUrl: string, outDir: string, signal?: AbortSignal }} options `stompUrl` is where the page
 *   connects: an address is built in, as Vite has it
 * @returns {Promise<void>}
 */
export async function buildPage ({ stompUrl, outDir, signal }) {
  await installPage({ signal })
  await runChild({
    name: 'vite build',
    command: process.execPath,
    args: [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--outDir', outDir, '--emptyOutDir'],
    cwd: PROJECT,
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', VITE_STOMP_URL: stompUrl },
    timeoutMs: 120_000,
    install: 'https://nodejs.org',
    signal
  })
}

/** npm writes the hidden lock file last. */
function isInstalled () {
  const installed = join(PROJECT, 'node_modules', '.package-lock.json')
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(PROJECT, 'package-lock.json')).mtimeMs
}
