import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * Compiles into a directory beside dist and swaps the two, so that what runs from dist is never without it.
 *   node build.js         the product
 *   node build.js test    the product and its tests
 *   node build.js prepare what npm asks for on install, pack and npx: only when dist is out of date. Where
 *                         the compiler was pruned away, dist stays as it is.
 */
const [what = 'product'] = process.argv.slice(2)
const SOURCES = ['src', 'plugins', 'routes', 'package.json', 'tsconfig.json', 'tsconfig.build.json']

if (what !== 'prepare') build(what === 'test' ? 'tsconfig.json' : 'tsconfig.build.json')
else if (!isUpToDate()) build('tsconfig.build.json')

function build (project) {
  const compiler = findCompiler()
  if (compiler === undefined) {
    if (existsSync('dist/src/server.js') && what === 'prepare') return
    console.error('TypeScript is missing: run npm ci --include=dev')
    process.exit(1)
  }
  const [next, old] = [`dist-next-${process.pid}`, `dist-old-${process.pid}`]
  const { status } = spawnSync(process.execPath, [compiler, '-p', project, '--outDir', next], { stdio: 'inherit' })
  if (status !== 0) {
    rmSync(next, { recursive: true, force: true })
    process.exit(status ?? 1)
  }
  chmodSync(join(next, 'src', 'cli.js'), 0o755) // npx runs it as a program
  if (existsSync('dist')) renameSync('dist', old)
  renameSync(next, 'dist')
  rmSync(old, { recursive: true, force: true })
}

/** A deleted file is seen by its directory's time. */
function isUpToDate () {
  if (!existsSync('dist/src/server.js')) return false
  const builtAt = statSync('dist/src/server.js').mtimeMs
  return SOURCES.flatMap(withChildren).every(path => statSync(path).mtimeMs <= builtAt)
}

function withChildren (path) {
  if (!statSync(path).isDirectory()) return [path]
  return [path, ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map(child => join(path, child))]
}

function findCompiler () {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc')
  } catch {
    return undefined
  }
}
