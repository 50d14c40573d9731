import { readFileSync } from 'node:fs'
import { runCli } from './cli.js'

/** A command of a document, and what the document says it prints. */
export interface Transcript { page: string, command: string, printed: string }

/** The documents that show commands of ours with what they print. */
const PAGES = ['README.md', 'README.ko.md', 'docs/origin-policy.md']

/** Every ```console block of them, in order. */
export function readTranscripts (): Transcript[] {
  return PAGES.flatMap(page =>
    [...readFileSync(page, 'utf8').matchAll(/```console\n\$ ([^\n]*)\n([^]*?)```/g)]
      .map(([, command = '', printed = '']) => ({ page, command, printed })))
}

/**
 * Runs a transcript's command and gives what it prints, standard error behind standard output.
 *
 * `addresses` are pairs: as the document names it, and where it is now.
 */
export async function printedBy (
  command: string, addresses: ReadonlyArray<readonly [string, string]>
): Promise<string> {
  const { env, argv } = readCommand(command)
  const toReal = (text: string) =>
    addresses.reduce((done, [named, real]) => done.replaceAll(named, real), text)
  const toNamed = (text: string) =>
    addresses.reduce((done, [named, real]) => done.replaceAll(real, named), text)
  const { stdout, stderr } = await runCli(argv.map(toReal), { env, cwd: process.cwd() })
  return toNamed(stdout + stderr).trimEnd()
}

/** The few things of a shell that the documents use: assignments in front, and single quotes. */
function readCommand (command: string) {
  const words = (command.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map(word => word.replaceAll("'", ''))
  const from = words.findIndex(word => !/^[A-Z_]+=/.test(word))
  const program = words.slice(from, from + 2).join(' ')
  if (program !== 'npx gatehouse') throw new Error(`${command} is none of ours`)
  const env = Object.fromEntries(words.slice(0, from).map(word => {
    const split = word.indexOf('=')
    return [word.slice(0, split), word.slice(split + 1)]
  }))
  return { env, argv: words.slice(from + 2) }
}
