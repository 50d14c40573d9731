import type { Command } from 'commander'
import { lintEntry, splitEntries } from '../origin/entry.js'
import { explain, explainDecision, type Explanation } from '../origin/explain.js'
import { askGateway } from './ask-gateway.js'
import { CliError, createPaint, type CliIo, type ExitCode, type Paint } from './io.js'
import { createGateOf, demoPageOrigin, findAdminToken, loadOriginSettings, readSources } from './origin-settings.js'
import { plain, plainLines, toJson } from './print.js'

interface Options { url?: string, list?: string, host?: string, json?: true }

/** An answer, the sources it had to do without, and why a refusal may not be the gateway's. */
interface Answer extends Explanation {
  readonly unread?: ReadonlyArray<{ source: string, error: string }>
  readonly unsure?: string
}

/** Adds `explain` to the program; `finish` gets its exit code. */
export function addExplainCommand (program: Command, io: CliIo, finish: (code: ExitCode) => void): void {
  program.command('explain')
    .description('say whether an origin is let in, by which entry, or what is wrong')
    .argument('<origin>', 'what the browser sends as Origin, or what you think it does')
    .option('--url <admin-url>', 'ask a running gateway at its admin listener, with ADMIN_TOKEN when set')
    .option('--list <entries>', 'ask about this list, as ALLOWED_ORIGINS would hold it')
    .option('--host <host>', 'the Host that the page calls, for a policy of your own that looks at it')
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
      else finish(answer.unsure === undefined ? 1 : 2)
    })
}

async function findAnswer (origin: string, options: Options, io: CliIo): Promise<Answer> {
  const { url, list, host } = options
  if (url !== undefined && list !== undefined) throw new CliError('--url and --list exclude each other')
  if (list !== undefined) return explainList(origin, splitEntries(list))
  if (url !== undefined) return await askGateway(origin, { url, host, token: findAdminToken(io) })
  return await explainSettings(origin, host, io)
}

/** A list with a bad entry starts no gateway, so what it would let in is nobody's answer. */
function explainList (origin: string, entries: readonly string[]): Answer {
  const bad = entries.map(lintEntry).filter(({ verdict }) => verdict === 'reject')
  const unread = bad.map(({ entry, messages }) => ({ source: entry, error: messages.join('; ') }))
  const explanation = explain(origin, { entries })
  if (bad.length === 0) return explanation
  return { ...explanation, unread, unsure: 'the list has bad entries, with which no gateway starts' }
}

async function explainSettings (origin: string, host: string | undefined, io: CliIo): Promise<Answer> {
  const config = loadOriginSettings(io)
  const sources = await readSources(config.originSources, config)
  const unread = sources.flatMap(({ name, error }) => error === undefined ? [] : [{ source: name, error }])
  const decide = createGateOf(sources, config.publicOrigins)
  const explanation = explainDecision(origin, {
    decide: question => decide({ ...question, host: host ?? '' }),
    verdicts: sources.flatMap(({ verdicts }) => verdicts)
  })
  if (unread.length > 0) return { ...explanation, unread, unsure: 'a source of the list cannot be used' }
  const policies = sources.filter(({ policy }) => policy !== undefined).map(({ name }) => name)
  if (policies.length > 0 && host === undefined) {
    return { ...explanation, unsure: `${policies.join(', ')} was asked without a Host. Name it with --host` }
  }
  return origin === demoPageOrigin(io) ? { ...explanation, unsure: DEMO } : explanation
}

const DEMO = 'without STOMP_UPSTREAMS the demo runs, and lets this page of its own in; ' +
  'ask it with --url http://127.0.0.1:9000'

function formatExplanation (answer: Answer, paint: Paint): string {
  const { origin, allowed, message, misses, spring, unsure } = answer
  const isUnsure = !allowed && unsure !== undefined
  const mark = allowed ? paint('green', '✓') : isUnsure ? paint('yellow', '?') : paint('red', '✗')
  return [
    `${mark} ${paint('bold', plain(origin))}`,
    ...(isUnsure ? [`  Nobody can tell: ${plain(unsure)}.`, '  As far as it is known:'] : []),
    `  ${plain(message)}`,
    ...(misses.length === 0 ? [] : ['', '  Nearest entries:']),
    ...misses.map(({ entry, reason }) => `    ${paint('bold', plain(entry))}: ${plain(reason)}`),
    ...(spring === undefined ? [] : ['', `  ${paint('yellow', 'Spring differs:')} ${plain(spring.difference)}`]),
    ''
  ].join('\n')
}
