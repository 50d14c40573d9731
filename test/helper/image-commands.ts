import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { Place, Runs } from './image-build.js'

const readText = (cwd: string, file: string) => readFileSync(join(cwd, file), 'utf8')
const readJson = (cwd: string, file: string) => JSON.parse(readText(cwd, file))

function write (file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
}

/** Runs the line as it stands: for those that need nothing but a shell and Node. */
function really (line: string, { cwd }: Place): void {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  execFileSync('/bin/sh', ['-c', line], { cwd, env: { PATH: path } })
}

interface Locked {
  dev?: boolean
  optional?: boolean
  devOptional?: boolean
  dependencies?: object
  devDependencies?: object
}

/** What npm ci wants: a lock file, of this package.json. Gives the packages in there. */
function readLock (cwd: string): Array<[path: string, locked: Locked]> {
  const { dependencies, devDependencies } = readJson(cwd, 'package.json')
  const { '': root, ...packages }: Record<string, Locked> = readJson(cwd, 'package-lock.json').packages
  const locked = { dependencies: root?.dependencies, devDependencies: root?.devDependencies }
  if (JSON.stringify(locked) !== JSON.stringify({ dependencies, devDependencies })) {
    throw new Error('npm ci: package.json and package-lock.json are not in sync')
  }
  return Object.entries(packages)
}

/** What npm ci and npm prune leave: links to the packages here, to none that production goes without. */
function installGateway ({ cwd }: Place): void {
  for (const [path, { dev, optional, devOptional }] of readLock(cwd)) {
    if (dev || optional || devOptional || path.lastIndexOf('node_modules/') > 0) continue
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    symlinkSync(resolve(path), join(cwd, path))
  }
  compileGateway(cwd)
}

/** What is done here in place of a script is right for that script alone. */
function expectScript (cwd: string, name: string, script: string): void {
  const { scripts } = readJson(cwd, 'package.json')
  if (scripts[name] !== script) throw new Error(`the script ${name} is not: ${script}`)
}

/** What npm ci makes by `prepare`: what stands in dist here, for each source that is there. */
function compileGateway (cwd: string): void {
  expectScript(cwd, 'prepare', 'node build.js prepare')
  readText(cwd, 'build.js')
  const config: { extends: string, include: string[] } = readJson(cwd, 'tsconfig.build.json')
  readText(cwd, config.extends)
  for (const room of config.include) {
    for (const file of readdirSync(join(cwd, room), { recursive: true, encoding: 'utf8' })) {
      const built = join('dist', room, file.replace(/\.ts$/, '.js'))
      if (file.endsWith('.ts')) cpSync(built, join(cwd, built))
    }
  }
}

/** What `tsc && vite build` makes, once all is there that the page is made of. */
function buildPage ({ cwd, env }: Place): void {
  expectScript(cwd, 'build', 'tsc && vite build')
  if (!env.VITE_STOMP_URL) throw new Error('VITE_STOMP_URL is not set')
  for (const path of readJson(cwd, 'tsconfig.json').include) {
    if (!existsSync(join(cwd, path))) throw new Error(`tsconfig.json includes ${path}, which is not there`)
  }
  const [, main = 'no script'] = /<script [^>]*src="([^"]+)"/.exec(readText(cwd, 'index.html')) ?? []
  readImported(join(cwd, main))
  write(join(cwd, 'dist/index.html'))
}

/** Reads a module and those of ours that it imports; throws when one is not there. */
function readImported (file: string, read = new Set<string>()): void {
  if (read.has(file)) return
  read.add(file)
  const imports = readFileSync(file, 'utf8').matchAll(/^import (?:[^']* from )?'(\.[^']+)'/gm)
  for (const [, path = ''] of imports) readImported(join(dirname(file), path), read)
}

/** What Maven makes by this profile, where pom.xml says. */
function buildSpringChat (profile: string, { cwd }: Place): void {
  const pom = readText(cwd, 'pom.xml')
  const [, boot] = new RegExp(`<id>${profile}</id>[^]*?<variant.boot>(.*)</variant.boot>`).exec(pom) ?? []
  const [, directory = ''] = /<directory>\$\{project\.basedir\}\/(.*)<\/directory>/.exec(pom) ?? []
  const [, name] = /<finalName>(.*)<\/finalName>/.exec(pom) ?? []
  const sources = readdirSync(join(cwd, 'src/main/java'), { recursive: true, encoding: 'utf8' })
  if (!sources.some(file => file.endsWith('Application.java'))) throw new Error('mvn: no main class')
  const target = directory.replace(/\$\{variant\.boot\}/, String(boot)).replace(/\$\{variant\.security\}/, '')
  write(join(cwd, target, `${name}.jar`))
}

const PRINT_CONF = 'node examples/full-stack/print-nginx-conf.js 8080 8443 gateway:8000 > nginx.conf'
const PREPARE_EDGE = 'mkdir certificate && ln -s certificate/certificate.pem certificate/key.pem ./ ' +
  '&& chown www-data . certificate'

/**
 * What stands in for the RUN lines of the full stack's Dockerfiles. Those that need nothing but Node or a
 * shell are run; others read what their programs would read, and make what the next lines take from them.
 */
export const IMAGE_COMMANDS: Runs = {
  'npm ci --include=dev && npm prune --omit=dev --omit=optional --ignore-scripts': installGateway,
  [PRINT_CONF]: place => really(PRINT_CONF, place),
  'npm ci': ({ cwd }) => { readLock(cwd) },
  'npm run build': buildPage,
  'mvn -q -B -P boot-4 package': place => buildSpringChat('boot-4', place),
  'apt-get update && apt-get install -y --no-install-recommends nginx openssl && rm -rf /var/lib/apt/lists/*': () => {},
  [PREPARE_EDGE]: place => really(`chown () { :; }; ${PREPARE_EDGE}`, place) // only root may
}
