import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild, startChild, withCleanUp } from './child.js'

const PROJECT = fileURLToPath(new URL('../../spring-chat/', import.meta.url))
const JAVA = 'apt-get install -y openjdk-17-jdk-headless'
/** Starts sooner and takes less memory; a service in production wants neither. */
const QUICK = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-XX:-UsePerfData']

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
 * Builds a jar with Maven, unless it is there and newer than its sources.
 * @param {Variant & { signal?: AbortSignal }} [options]
 * @returns {Promise<string>} its path
 */
export async function buildSpringChat ({ boot = '4', secured = false, signal } = {}) {
  const jar = jarOf({ boot, secured })
  if (isUpToDate(jar)) return jar
  const begun = new Date()
  await runChild({
    name: 'mvn',
    command: 'mvn',
    args: ['-q', '-B', '-P', `boot-${boot}${secured ? ',secured' : ''}`, 'package'],
    cwd: PROJECT,
    install: `${JAVA} maven`,
    signal
  })
  utimesSync(jar, begun, begun) // Maven leaves alone what would come out the same
  return jar
}

/**
 * Starts one chat-service on 127.0.0.1. Rejects when its jar is missing or out of date.
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
    throw new Error(`${jar} is missing or out of date: run node examples/full-stack/build.js${all}`)
  }
  const properties = {
    'server.address': '127.0.0.1', 'server.port': String(port), 'chat.instance': name, ...settings
  }
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-spring-')) // Tomcat's; a killed one leaves it behind
  const remove = () => rm(dir, { recursive: true, force: true })
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
  if (!existsSync(jar)) return false
  const builtAt = statSync(jar).mtimeMs
  const sources = readdirSync(join(PROJECT, 'src'), { recursive: true }).map(path => join('src', String(path)))
  return ['pom.xml', 'src', ...sources].every(path => statSync(join(PROJECT, path)).mtimeMs <= builtAt)
}
