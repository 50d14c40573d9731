import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import { part } from './full-stack.js'

interface PageSettings {
  VITE_STOMP_URL: string
  VITE_CSRF_URL?: string
  /** `development` keeps React's checks, StrictMode's second mount among them. */
  NODE_ENV?: 'production' | 'development'
}

const PROJECT = resolve('examples/react-client')

/** Builds examples/react-client with these settings into a directory that goes with the test. */
export async function builtPage (t: Test, settings: PageSettings): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'gatehouse-page-'))
  t.teardown(() => rm(outDir, { recursive: true, force: true }))
  await chmod(outDir, 0o755) // nginx's workers read it
  const { installPage } = await part('parts/page.js')
  const { runChild } = await part('parts/child.js')
  await installPage()
  await runChild({
    name: 'vite build',
    command: process.execPath,
    args: [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--outDir', outDir, '--emptyOutDir'],
    cwd: PROJECT,
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', ...settings },
    timeoutMs: 120_000,
    install: 'https://nodejs.org'
  })
  return outDir
}
