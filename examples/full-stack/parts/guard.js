import { spawn } from 'node:child_process'

/**
 * Runs a line of shell once this process is no more, also when it was killed and could do nothing about it:
 * then the shell's input ends. Returns what calls it off. Where there is no shell, there is no guard.
 * @param {string} line it finds `args` in `$1`, `$2`, …
 * @param {...string} args
 * @returns {() => void}
 */
export function guard (line, ...args) {
  const shell = spawn('/bin/sh', ['-c', `read -r _; ${line}`, 'guard', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'], detached: true // a Ctrl-C does not reach it
  })
  shell.on('error', () => {})
  shell.stdin?.on('error', () => {})
  shell.stdin?.unref()
  shell.unref()
  return () => shell.kill('SIGKILL')
}
