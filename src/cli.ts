#!/usr/bin/env node
import { run } from './cli/run.js'
import { packageVersion } from './version.js'

/** The program of the package: only this file touches the process. */

// `gatehouse … | head` closes the pipe early: nobody reads on, and there is nothing to tell.
for (const stream of [process.stdout, process.stderr]) {
  /* c8 ignore next 3 -- whether the pipe is closed before or after the last write is not ours to say */
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const argv = process.argv.slice(2)
const code = await run(argv, {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  version: packageVersion(),
  start: async () => await import('./server.js')
})
// A running gateway goes on, and sets its own exit code. A policy of a team's own may leave a timer behind.
if (argv[0] !== 'start' || code !== 0) process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
