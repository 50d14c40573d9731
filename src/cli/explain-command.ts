import type { Command } from 'commander'
import { splitEntries } from '../origin/entry.js'
import { explain, explainDecision, type Explanation } from '../origin/explain.js'
import { askGateway } from './ask-gateway.js'
import { CliError, createPaint, type CliIo, type ExitCode, type Paint } from './io.js'
import { createGateOf, findAdminToken, loadOriginSettings, readSources } from './origin-settings.js'
import { plain, plainLines, toJson } from './print.js'

interface Options { url?: string, list?: string, json?: true }

/** An answer, and the sources it had to do without. */
interface Answer extends Explanation { readonly unread?: ReadonlyArray<{ source: string, error: string }> }

/** Adds `explain` to the program; `finish` gets its exit code. */
export function addExplainCommand (program: Command, io: CliIo, finish: (code: ExitCode) => void): void {
  program.command('explain')
    .description('say whether an origin is let in, by which entry, or what is wrong')
    .argument('<origin>', 'what the browser sends as Origin, or what you think it does')
    .option('--url <admin-url>', 'ask a running gateway at its admin listener, with ADMIN_TOKEN when set')
    .option('--list <entries>', 'ask about this list, as ALLOWED_ORIGINS would hold it')
    .option('--json', 'print the explanation as JSON')
    .addHelpText('after', '\nWithout --url and --list the settings decide: the environment, .env and their sources.\n' +
      '\nExit codes: 0 allowed, 1 refused, 2 wrong usage or nobody can tell.\n')
    .action(async (origin: string, options: Options) => {
      const answer = await findAnswer(origin, options, io)
      for (const { source, error } of answer.unread ?? []) {
        io.stderr.write(`${plainLines(`source ${source} cannot be used: ${error}`)}\n`)
      }
      io.stdout.write(options.json === true ? toJson(answer) : formatExplanation(answer, createPaint(io)))
      if (answer.allowed) finish(0)
      else finish(answer.unread === undefined ? 1 : 2)
    })
}

async function findAnswer (origin: string, { url, list }: Options, io: CliIo): Promise<Answer> {
  if (url !== undefined && list !== undefined) throw new CliError('--url and --list exclude each other')
  if (list !== undefined) return explain(origin, { entries: splitEntries(list) })
  if (url !== undefined) return await askGateway(origin, { url, token: findAdminToken(io) })
  const config = loadOriginSettings(io)
  const sources = await readSources(config.originSources, config)
  const unread = sources.flatMap(({ name, error }) => error === undefined ? [] : [{ source: name, error }])
  const explanation = explainDecision(origin, {
    decide: createGateOf(sources, config.publicOrigins),
    verdicts: sources.flatMap(({ verdicts }) => verdicts)
  })
  return { ...explanation, ...(unread.length > 0 && { unread }) }
}

function formatExplanation ({ origin, allowed, message, misses, spring }: Answer, paint: Paint): string {
  const mark = allowed ? paint('green', '✓') : paint('red', '✗')
  return [
    `${mark} ${paint('bold', plain(origin))}`,
    `  ${plain(message)}`,
    ...(misses.length === 0 ? [] : ['', '  Nearest entries:']),
    ...misses.map(({ entry, reason }) => `    ${paint('bold', plain(entry))}: ${plain(reason)}`),
    ...(spring === undefined ? [] : ['', `  ${paint('yellow', 'Spring differs:')} ${plain(spring.difference)}`]),
    ''
  ].join('\n')
}
