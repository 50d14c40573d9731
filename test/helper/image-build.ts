import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, relative, resolve } from 'node:path'
import { type Stage, readDockerfile } from './dockerfile.js'

/** Where a RUN line finds itself: its working directory, on this machine, and what ARG and ENV set. */
export interface Place { cwd: string, env: Record<string, string> }

/** What stands in for each RUN line, by its text: makes what that makes, throws when something is missing. */
export type Runs = Record<string, (place: Place) => void>

/** What came of the last stage: its directories on this machine, and what it starts. */
export interface Image extends Place { root: string, argv: string[] }

interface Options {
  /** Directory that the build may copy from. */
  context: string
  dockerfile: string
  args?: Record<string, string>
  runs: Runs
  /** A directory to build in. */
  into: string
}

interface Stages { built: Map<string, string>, isHidden: (path: string) => boolean }

/**
 * Builds an image as a Dockerfile says, but without Docker: each stage is a directory that begins empty, COPY
 * copies what the context has and .dockerignore does not hide, and `runs` has what stands in for a RUN line.
 * Throws where Docker would fail, as for a file that is not there, and where it does not know what Docker
 * would do.
 */
export function replayBuild ({ context, dockerfile, args = {}, runs, into }: Options): Image {
  const stages: Stages = { built: new Map(), isHidden: readIgnored(context, dockerfile) }
  let image: Image | undefined
  for (const stage of readDockerfile(dockerfile)) {
    image = replayStage(stage, stages, { context, args, runs, root: mkdtempSync(join(into, 'stage-')) })
    if (stage.name !== undefined) stages.built.set(stage.name, image.root)
  }
  if (image === undefined) throw new Error(`${dockerfile} has no stage`)
  return image
}

interface Base { context: string, args: Record<string, string>, runs: Runs, root: string }

function replayStage ({ instructions }: Stage, stages: Stages, { context, args, runs, root }: Base): Image {
  const image: Image = { root, cwd: root, env: {}, argv: [] }
  const start: Record<string, string[]> = { ENTRYPOINT: [], CMD: [] }
  for (const { keyword, text, words } of instructions) {
    const [name = '', value = ''] = text.split('=')
    if (keyword === 'WORKDIR') mkdirSync(image.cwd = pathIn(image, text), { recursive: true })
    else if (keyword === 'COPY') copy(words, image, context, stages)
    else if (keyword === 'RUN') run(text, image, runs)
    else if (keyword === 'ARG') image.env[name] = args[name] ?? value
    else if (keyword === 'ENV') image.env[name] = value
    else if (keyword in start) start[keyword] = JSON.parse(text)
    else if (keyword !== 'USER') throw new Error(`nobody has said here what ${keyword} does`)
  }
  return { ...image, argv: Object.values(start).flat() }
}

function run (text: string, { cwd, env }: Image, runs: Runs): void {
  const standIn = runs[text]
  if (standIn === undefined) throw new Error(`nobody has said here what this makes: RUN ${text}`)
  standIn({ cwd, env })
}

function copy (words: string[], image: Image, context: string, { built, isHidden }: Stages): void {
  const [flag] = words.filter(word => word.startsWith('--'))
  const [to = '', ...sources] = words.filter(word => !word.startsWith('--')).reverse()
  const from = flag === undefined ? context : built.get(flag.replace('--from=', ''))
  if (from === undefined) throw new Error(`COPY ${flag}: no such stage`)
  if (sources.length > 1 && !to.endsWith('/')) throw new Error(`COPY of many files: ${to} has to end with /`)
  const isCopied = (path: string) => flag !== undefined || !isHidden(relative(context, path))
  for (const source of sources.map(path => join(from, path))) {
    if (!existsSync(source)) throw new Error(`COPY ${words.join(' ')}: not there`)
    if (!isCopied(source)) throw new Error(`COPY ${words.join(' ')}: hidden by .dockerignore`)
    const isFile = statSync(source).isFile() // of a directory, Docker copies what is in it
    const target = join(pathIn(image, to), isFile && to.endsWith('/') ? basename(source) : '')
    cpSync(source, target, { recursive: true, verbatimSymlinks: true, filter: isCopied })
  }
}

/** Which paths of the context a build does not see. A file that is named after the Dockerfile comes first. */
function readIgnored (context: string, dockerfile: string): (path: string) => boolean {
  const file = [`${dockerfile}.dockerignore`, join(context, '.dockerignore')].find(path => existsSync(path))
  const lines = file === undefined ? [] : readFileSync(file, 'utf8').split('\n').map(line => line.trim())
  const patterns = lines.filter(line => line !== '' && !line.startsWith('#')).map(patternOf)
  return path => patterns.some(pattern => pattern.test(path))
}

const WILDCARDS: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }

/** A line of .dockerignore is a path from the context's root; what lies in a hidden directory is hidden. */
function patternOf (line: string): RegExp {
  if (/^!|[[\\]/.test(line)) throw new Error(`nobody has said here what this hides: ${line}`)
  const path = line.replaceAll(/^\/|\/$/g, '').replaceAll(/[.+^$(){}|\]]/g, '\\$&')
  return new RegExp(`^${path.replaceAll(/\*\*\/|\*\*|\*|\?/g, wildcard => WILDCARDS[wildcard] ?? '')}(?:/|$)`)
}

function pathIn ({ root, cwd }: Image, path: string): string {
  return isAbsolute(path) ? join(root, path) : resolve(cwd, path)
}
