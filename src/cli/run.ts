import { Command, CommanderError } from 'commander'
import { ConfigError, formatFaults } from '../config/faults.js'
import { addCheckCommand } from './check-command.js'
import { addExplainCommand } from './explain-command.js'
import { addImportCommand } from './import-command.js'
import { CliError, type CliIo } from './io.js'
import { plainLines } from './print.js'

/** Commands that need nothing of the doctor, which loads clients for all that a browser speaks. */
const WITHOUT_DOCTOR = new Set(['start', 'explain', 'check', 'import'])

/**
 * Runs one command line, without the name of the program. Resolves with the exit code; after `start` the
 * gateway goes on running. Rejects only with what nobody thought of.
 */
export async function run (argv: readonly string[], io: CliIo): Promise<number> {
  let code = 0
  const finish = (exitCode: number) => { code = exitCode }
  const program = new Command('gatehouse')
    .description('An API gateway for SockJS and STOMP with one origin allow-list')
    .version(io.version)
    .exitOverride()
    .configureOutput({
      writeOut: text => { io.stdout.write(text) },
      writeErr: text => { io.stderr.write(plainLines(text)) }
    })
  program.command('start')
    .description('run the gateway; settings come from the environment and .env')
    .action(async () => { await io.start() })
  addExplainCommand(program, io, finish)
  addCheckCommand(program, io, finish)
  addImportCommand(program, io, finish)
  if (!WITHOUT_DOCTOR.has(argv[0] ?? '')) {
    const { doctorCommand } = await import('./doctor.js')
    program.addCommand(doctorCommand({ stdout: io.stdout, stderr: io.stderr, env: io.env, exit: finish }))
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    return tellFailure(error, io)
  }
}

function tellFailure (error: unknown, { stderr }: CliIo): number {
  // Help and version end a run, too; what is wrong was written by then.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof ConfigError) stderr.write(`${plainLines(formatFaults(error))}\n`)
  else if (error instanceof CliError) stderr.write(`error: ${error.message}\n`)
  else throw error
  return 2
}
