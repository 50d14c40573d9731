import type { Command } from 'commander'
import { join } from 'node:path'
import { ConfigError, formatFaults } from '../config/faults.js'
import { loadConfig, type Config } from '../config/load.js'
import { SETTING_NAMES } from '../config/validate.js'
import { describeEntry } from '../origin/describe-entry.js'
import { formatEntry, type EntryPattern } from '../origin/entry-pattern.js'
import type { SourceSpec } from '../config/origin-sources.js'
import { createPaint, type CliIo, type ExitCode, type Paint } from './io.js'
import { readSources, type ReadSource } from './origin-settings.js'
import { plain, plainLines, toJson } from './print.js'

/** One entry as it is compiled. */
interface CheckedEntry {
  /** In canonical spelling. */
  readonly entry: string
  readonly covers: string
  readonly warnings: readonly string[]
}

interface CheckedSource {
  readonly name: string
  /** Of ORIGIN_POLICY_CANDIDATE, which decides nothing yet. */
  readonly isCandidate: boolean
  readonly holds: 'list' | 'policy' | 'nothing'
  readonly entries: readonly CheckedEntry[]
  readonly error?: string
}

interface Checked {
  readonly ok: boolean
  /** How many there are. */
  readonly settings: number
  readonly warnings: readonly string[]
  readonly sources: readonly CheckedSource[]
}

/** Adds `check` to the program; `finish` gets its exit code. */
export function addCheckCommand (program: Command, io: CliIo, finish: (code: ExitCode) => void): void {
  program.command('check')
    .description('validate the settings and the lists, and print the compiled allow-list')
    .option('--json', 'print all of it as JSON')
    .addHelpText('after', '\nExit codes: 0 good, 1 a fault in the settings or a source, 2 wrong usage.\n')
    .action(async ({ json }: { json?: true }) => {
      let config: Config
      try {
        config = loadConfig(io.env, { dotenvPath: join(io.cwd, '.env') })
      } catch (error) {
        /* c8 ignore next -- loadConfig throws nothing else; a bug in it must not pass for a bad setting */
        if (!(error instanceof ConfigError)) throw error
        if (json === true) io.stdout.write(toJson({ ok: false, faults: error.faults }))
        else io.stderr.write(`${plainLines(formatFaults(error))}\n`)
        finish(1)
        return
      }
      const checked = await check(config)
      io.stdout.write(json === true ? toJson(checked) : formatChecked(checked, createPaint(io)))
      finish(checked.ok ? 0 : 1)
    })
}

/** The sources are read as a gateway reads them at its start. */
async function check (config: Config): Promise<Checked> {
  const read = async (specs: readonly SourceSpec[], isCandidate: boolean) =>
    (await readSources(specs, config)).map(source => toCheckedSource(source, isCandidate))
  const sources = [...await read(config.originSources, false), ...await read(config.originCandidate, true)]
  const ok = sources.every(({ error }) => error === undefined)
  return { ok, settings: SETTING_NAMES.length, warnings: config.warnings, sources }
}

function toCheckedSource (
  { name, verdicts, policy, error }: ReadSource, isCandidate: boolean
): CheckedSource {
  const entries = verdicts.map(({ messages, pattern }) => {
    const known = pattern as EntryPattern // a source with a refused entry has an error, and no verdicts
    return { entry: formatEntry(known), covers: describeEntry(known), warnings: messages }
  })
  const holds = error !== undefined ? 'nothing' : policy === undefined ? 'list' : 'policy'
  return { name, isCandidate, holds, entries, ...(error !== undefined && { error }) }
}

function formatChecked ({ settings, warnings, sources }: Checked, paint: Paint): string {
  return [
    `${paint('green', '✓')} ${settings} settings are fine`,
    ...warnings.map(warning => `${paint('yellow', '!')} ${plain(warning)}`),
    ...sources.flatMap(source => ['', ...formatSource(source, paint)]),
    ''
  ].join('\n')
}

function formatSource ({ name, isCandidate, holds, entries, error }: CheckedSource, paint: Paint): string[] {
  const title = `${paint('bold', plain(name))}${isCandidate ? ' (candidate, decides nothing yet)' : ''}`
  if (error !== undefined) return [`${paint('red', '✗')} ${title}`, `  ${plainLines(error).replaceAll('\n', '\n  ')}`]
  if (holds === 'policy') return [`${paint('green', '✓')} ${title}`, '  a policy of your own code; what it allows, only it knows']
  const count = entries.length === 1 ? '1 entry' : `${entries.length} entries`
  return [
    `${paint('green', '✓')} ${title}: ${count}${entries.length === 0 ? ', so nothing cross-origin passes' : ''}`,
    ...entries.flatMap(({ entry, covers, warnings }) => [
      `  ${paint('bold', plain(entry))}  ${plain(covers)}`,
      ...warnings.map(warning => `    ${paint('yellow', '!')} ${plain(warning)}`)
    ])
  ]
}
