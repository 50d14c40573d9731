import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { cp, mkdir, rename, utimes } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild, startChild, withCleanUp } from './child.js'
import { temporaryDirectory } from './temporary-directory.js'

const PROJECT = fileURLToPath(new URL('../../spring-chat/', import.meta.url))
const JAVA = 'apt-get install -y openjdk-17-jdk-headless'
const SOURCES = ['pom.xml', 'src']
/** Starts sooner and takes less memory; a service in production wants neither. */
const QUICK = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-XX:-UsePerfData']

const LAUNCHER = 'org/springframework/boot/loader/launch/JarLauncher.class'
/** The last record of a jar; none of ours has a comment behind it. */
const END_BYTES = 22
const END_SIGNATURE = 0x06054b50

/**
 * Which of the four jars.
 * @typedef {object} Variant
 * @property {'4' | '3'} [boot] Spring Boot 4 (the default) or 3.5
 * @property {boolean} [secured] with Spring Security
 */

/**
 * A chat-service under way; its `url` has no path.
 * @typedef {{ name: string, port: number, url: string, child: import('./child.js').Child }} SpringChat
 */

/**
 * Where the jar of a variant is, or will be.
 * @param {Variant} [variant]
 * @returns {string}
 */
export function jarOf ({ boot = '4', secured = false } = {}) {
  return join(PROJECT, 'target', `boot-${boot}${secured ? '-secured' : ''}`, 'spring-chat.jar')
}

/**
 * Builds a jar with Maven, unless it is there, whole and newer than its sources. Maven works on a copy of
 * them, and what it made takes the jar's place once it is done: neither a build that breaks off nor another
 * one at the same time spoils it.
 * @param {Variant & { signal?: AbortSignal }} [options]
 * @returns {Promise<string>} its path
 */
export async function buildSpringChat ({ boot = '4', secured = false, signal } = {}) {
  const jar = jarOf({ boot, secured })
  if (isUpToDate(jar)) return jar
  const begun = new Date()
  await mkdir(dirname(jar), { recursive: true })
  const copy = await temporaryDirectory('build', join(PROJECT, 'target')) // a rename stays on one disk
  try {
    for (const name of SOURCES) await cp(join(PROJECT, name), join(copy.path, name), { recursive: true })
    await runChild({
      name: 'mvn',
      command: 'mvn',
      args: ['-q', '-B', '-P', `boot-${boot}${secured ? ',secured' : ''}`, 'package'],
      cwd: copy.path,
      install: `${JAVA} maven`,
      signal
    })
    const built = join(copy.path, relative(PROJECT, jar))
    await utimes(built, begun, begun) // what was changed meanwhile is newer
    await rename(built, jar)
  } finally {
    await copy.remove()
  }
  return jar
}

/**
 * Starts one chat-service on 127.0.0.1. Rejects when its jar is missing, out of date or not whole.
 * @param {object} [options]
 * @param {'4' | '3'} [options.boot]
 * @param {boolean} [options.secured]
 * @param {string} [options.name] told in each message, and in messages about it
 * @param {number} [options.port] a free one, if not said
 * @param {Record<string, string>} [options.settings] Spring's properties
 * @param {AbortSignal} [options.signal] ends the start
 * @returns {Promise<SpringChat>}
 */
export async function startSpringChat (
  { boot = '4', secured = false, name = 'chat-1', port = 0, settings = {}, signal } = {}
) {
  const jar = jarOf({ boot, secured })
  if (!isUpToDate(jar)) {
    const all = boot === '4' && !secured ? '' : ' --all'
    throw new Error(`${jar} is missing, out of date or not whole: run node examples/full-stack/build.js${all}`)
  }
  const properties = {
    'server.address': '127.0.0.1', 'server.port': String(port), 'chat.instance': name, ...settings
  }
  const { path: dir, remove } = await temporaryDirectory('spring') // Tomcat's; a killed one leaves it behind
  try {
    const child = await startChild({
      name,
      command: 'java',
      args: [
        ...QUICK, `-Djava.io.tmpdir=${dir}`, '-jar', jar,
        ...Object.entries(properties).map(([key, value]) => `--${key}=${value}`)
      ],
      ready: /Tomcat started on port (\d+)[^]*Started \w+ in /,
      timeoutMs: 120_000,
      install: JAVA,
      signal
    })
    const bound = Number(child.match[1])
    return { name, port: bound, url: `http://127.0.0.1:${bound}`, child: withCleanUp(child, remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

function isUpToDate (jar) {
  if (!existsSync(jar) || !isWhole(jar)) return false
  const builtAt = statSync(jar).mtimeMs
  const sources = readdirSync(join(PROJECT, 'src'), { recursive: true }).map(path => join('src', String(path)))
  return [...SOURCES, ...sources].every(path => statSync(join(PROJECT, path)).mtimeMs <= builtAt)
}

/**
 * A `mvn package` by hand that broke off leaves a jar of our classes alone, or half of one that runs. A jar
 * ends with its list of contents (PKZIP APPNOTE 4.3.16), and one that runs has Spring Boot's launcher in it.
 */
function isWhole (jar) {
  const bytes = readFileSync(jar)
  const end = bytes.length - END_BYTES
  if (end < 0 || bytes.readUInt32LE(end) !== END_SIGNATURE) return false
  const contents = bytes.subarray(bytes.readUInt32LE(end + 16), end)
  return contents.length === bytes.readUInt32LE(end + 12) && contents.includes(LAUNCHER)
}
