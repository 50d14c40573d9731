import { Command, type CommanderError } from 'commander'
import { readArguments, type DoctorOptions } from '../doctor/arguments.js'
import { examineHop, type Hop } from '../doctor/hop.js'
import { printable } from '../origin/printable.js'
import { formatDiagnosis } from '../doctor/report.js'
import { diagnose } from '../doctor/verdict.js'

interface Output { write: (text: string) => unknown, readonly isTTY?: boolean | undefined }

/** Where the command writes, what it reads, and how it tells its exit code. */
export interface DoctorStreams {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<NodeJS.Dict<string>>
  readonly exit: (code: number) => void
}

/** Characters of a line about wrong usage. */
const MAX_LINE = 2_000

/**
 * `gatehouse doctor`: does what a browser would and says who refuses. Exit codes: 0 a page on the origin can
 * use every transport that is open, 1 a fault, 2 usage (commander's error is thrown as well).
 */
export function doctorCommand (streams: DoctorStreams): Command {
  const { stdout, stderr, exit } = streams
  return new Command('doctor')
    .description('do what a browser would at a SockJS URL, and say who refuses or spoils the answer')
    .requiredOption('--url <url>', 'the SockJS URL as the page uses it, up to "/info"')
    .requiredOption('--origin <origin>', 'the origin of the page')
    .option('--instance <url>', 'the endpoint of an instance, asked directly; repeatable', collect, [])
    .option('--hop <name=url>', 'the endpoint at a proxy between, outermost first; repeatable', collect, [])
    .option('--timeout <ms>', 'ms for each step, 100 to 60000', '5000')
    .option('--insecure', 'accept any certificate')
    .option('--json', 'print the diagnosis as JSON')
    .addHelpText('after', '\nHops are asked at the same time. One that answers each step at the last moment takes about ten\n' +
      'times --timeout; nothing takes longer.\n\nExit codes: 0 the page can work, 1 a fault was found, 2 wrong usage.\n')
    .configureOutput({
      writeOut: text => { stdout.write(text) },
      // It repeats options that it does not know.
      writeErr: text => { stderr.write(text.split('\n').map(line => printable(line, MAX_LINE)).join('\n')) }
    })
    .exitOverride((error: CommanderError) => {
      exit(error.exitCode === 0 ? 0 : 2)
      throw error
    })
    .action(async (options: DoctorOptions) => { exit(await run(options, streams)) })
}

function collect (text: string, texts: readonly string[]): readonly string[] {
  return [...texts, text]
}

/** @returns the exit code */
async function run (options: DoctorOptions, { stdout, stderr, env }: DoctorStreams): Promise<number> {
  const read = readArguments(options)
  if ('fault' in read) {
    stderr.write(`error: ${read.fault}\n`)
    return 2
  }
  const { front, inner, visit } = read
  const examine = async (hop: Hop) => ({ ...hop, findings: await examineHop(hop, visit) })
  const [first, ...others] = await Promise.all([examine(front), ...inner.map(examine)])
  const diagnosis = diagnose([first, ...others], visit.origin)
  // As node has it: an empty NO_COLOR is none.
  const colours = stdout.isTTY === true && !env.NO_COLOR
  const text = options.json === true
    ? `${JSON.stringify(diagnosis, null, 2)}\n`
    : formatDiagnosis(diagnosis, { colours })
  stdout.write(text)
  return diagnosis.works ? 0 : 1
}
