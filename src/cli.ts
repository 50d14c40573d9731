#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { run } from './cli/run.js'

/** The program of the package: only this file touches the process. */
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

// `gatehouse … | head` closes the pipe early: nobody reads on, and there is nothing to tell.
/* c8 ignore next 3 -- whether the pipe is closed before or after the last write is not ours to say */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const code = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  version,
  start: async () => await import('./server.js')
})
// A running gateway sets its own exit code.
if (code !== 0) process.exitCode = code
