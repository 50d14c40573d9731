import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Test } from 'tap'

/** A program that one of the parts is; see examples/full-stack/parts/child.js. */
export interface Child {
  name: string
  process: ChildProcess
  match: RegExpExecArray
  /** The end of what it wrote, standard output and standard error. */
  output: () => string
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string>
  /** SIGKILL, also for what it started itself; resolves when it has gone. */
  kill: () => Promise<void>
  /** SIGTERM; after `graceMs` (5 s) the same as `kill`. */
  stop: (graceMs?: number) => Promise<void>
}

/** A Spring chat-service; `url` has no path. */
export interface SpringChat { name: string, port: number, url: string, child: Child }

/** A gateway in a process of its own. */
export interface Gateway {
  url: string
  port: number
  child: Child
  /** The lines of its log so far, parsed. */
  log: () => Array<Record<string, unknown>>
}

/** nginx with examples/nginx/nginx.conf; `certificate` is PEM text, `prefix` its directory. */
export interface Nginx {
  httpPort: number
  httpsPort: number
  certificate: string
  prefix: string
  child: Child
}

/** All of it, on free ports. */
export interface Stack {
  /** Origin of the page, on the allow-list. */
  page: string
  /** Origin of the same page, not on it. */
  evilPage: string
  api: string
  /** Where the page connects. */
  stompUrl: string
  springs: SpringChat[]
  gateway: Gateway
  nginx: Nginx
  /** Directory of the built page. */
  outDir: string
  stop: () => Promise<void>
}

interface Variant { boot?: '4' | '3', secured?: boolean }

interface SpringOptions extends Variant {
  name?: string
  port?: number
  /** Spring's properties. */
  settings?: Record<string, string>
}

interface NginxOptions { upstream: string, page: string, httpPort?: number, httpsPort?: number }

interface StackOptions extends Variant {
  springSettings?: Record<string, string>
  gatewaySettings?: Record<string, string>
}

/** A module of examples/full-stack as its users run it: not compiled here, so found from the root. */
export async function part (path: string) {
  return await import(pathToFileURL(join(process.cwd(), 'examples/full-stack', path)).href)
}

interface ProgramOptions {
  name: string
  command: string
  args: readonly string[]
  /** The whole environment. */
  env: Record<string, string | undefined>
  /** What it writes once it is there. */
  ready: RegExp
}

/** Starts a program of the test's own; it ends with the test, and with the process that runs the test. */
export async function startProgram (t: Test, options: ProgramOptions): Promise<Child> {
  const child: Child = await (await part('parts/child.js')).startChild({ ...options, install: 'https://nodejs.org' })
  t.teardown(() => child.stop(10_000))
  return child
}

/** Starts a Spring chat-service from its built jar; it ends with the test. */
export async function springChat (t: Test, options: SpringOptions = {}): Promise<SpringChat> {
  const spring: SpringChat = await (await part('parts/spring.js')).startSpringChat(options)
  t.teardown(() => spring.child.stop())
  return spring
}

/** Starts the built gateway in production, with none of the developer's settings; it ends with the test. */
export async function gatewayInFront (t: Test, settings: Record<string, string>): Promise<Gateway> {
  const gateway: Gateway = await (await part('parts/gateway.js')).startGateway(settings)
  t.teardown(() => gateway.child.stop())
  return gateway
}

/** Starts nginx in front of `upstream`, with a page that all may read; it ends with the test. */
export async function nginxInFront (t: Test, options: NginxOptions): Promise<Nginx> {
  const nginx: Nginx = await (await part('parts/nginx.js')).startNginx(options)
  t.teardown(() => nginx.child.stop())
  return nginx
}

/** Starts page, nginx, gateway and two chat-services; all of it ends with the test. */
export async function fullStack (t: Test, options: StackOptions = {}): Promise<Stack> {
  const stack: Stack = await (await part('stack.js')).startStack(options)
  t.teardown(() => stack.stop())
  return stack
}
