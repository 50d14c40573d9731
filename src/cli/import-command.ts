import { Option, type Command } from 'commander'
import { open } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { guessFormat, importOrigins, MAX_IMPORT_BYTES, type ImportFormat } from '../import/import-origins.js'
import type { ImportNote, ImportResult } from '../import/result.js'
import { CliError, createPaint, type CliIo, type ExitCode, type Paint } from './io.js'
import { plain, toJson } from './print.js'

const FORMATS: readonly ImportFormat[] = ['spring', 'yaml', 'nginx']

const FORMAT = new Option('--format <format>', 'what the file is, when its name and text do not tell').choices(FORMATS)

/** Adds `import` to the program; `finish` gets its exit code. */
export function addImportCommand (program: Command, io: CliIo, finish: (code: ExitCode) => void): void {
  program.command('import')
    .description('read the origins of a Spring or nginx configuration, and tell every difference in behaviour')
    .argument('<file>', 'Java or Kotlin source, application.yml, nginx configuration; - for standard input')
    .addOption(FORMAT)
    .option('--json', 'print all of it as JSON')
    .addHelpText('after', '\nExit codes: 0 all converted, 1 something could not be, 2 wrong usage.\n')
    .action(async (file: string, { format, json }: { format?: ImportFormat, json?: true }) => {
      const text = await readText(file, io)
      const known = format ?? guessFormat(basename(file), text)
      const mend = `Say what "${plain(file)}" is with --format ${FORMATS.join(', ')}: its name and text do not tell`
      if (known === undefined) throw new CliError(mend)
      const result = importOrigins(text, known)
      const asText = () => formatImport(result, createPaint(io))
      io.stdout.write(json === true ? toJson({ format: known, ...result }) : asText())
      finish(result.unread.length === 0 && result.entries.length > 0 ? 0 : 1)
    })
}

async function readText (file: string, { stdin, cwd }: CliIo): Promise<string> {
  try {
    const bytes = file === '-' ? await readBounded(stdin) : await readFile(resolve(cwd, file))
    return new TextDecoder().decode(bytes) // drops a byte order mark
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(`"${plain(file)}" cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function readFile (path: string): Promise<Uint8Array> {
  const handle = await open(path)
  try {
    return await readBounded(handle.createReadStream({ autoClose: false }))
  } finally {
    await handle.close()
  }
}

/** A device or a pipe may never end, so it is counted while it is read. */
async function readBounded (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const kept: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > MAX_IMPORT_BYTES) throw new CliError('The text is longer than 1 MiB')
    kept.push(chunk)
  }
  return Buffer.concat(kept)
}

/** A difference that many lines share is told once. */
function formatImport ({ entries, notes, unread }: ImportResult, paint: Paint): string {
  const group = (pick: (note: ImportNote) => readonly string[]) =>
    groupLines(notes.flatMap(note => pick(note).map(text => ({ line: note.line, text }))))
  const section = (title: string, lines: readonly string[]) => lines.length === 0 ? [] : ['', `${title}:`, ...lines]
  const setting = `${paint('bold', 'ALLOWED_ORIGINS')}=${entries.join(',')}`
  return [
    entries.length === 0 ? 'No entry was found.' : setting,
    ...section('Converted', notes.map(({ line, written, entries: made }) =>
      `  ${paint('green', '✓')} line ${line}: ${plain(written)} -> ${made.map(plain).join(', ')}`)),
    ...section('Not converted', unread.map(({ line, written, reason }) =>
      `  ${paint('red', '✗')} line ${line}: ${plain(written)}: ${plain(reason)}`)),
    ...section('What changes', group(note => note.differences).map(text => `  ${paint('yellow', '!')} ${text}`)),
    ...section('Warnings', group(note => note.warnings).map(text => `  ${paint('yellow', '!')} ${text}`)),
    ''
  ].join('\n')
}

function groupLines (sentences: ReadonlyArray<{ line: number, text: string }>): string[] {
  const lines = new Map<string, Set<number>>()
  for (const { line, text } of sentences) lines.set(text, (lines.get(text) ?? new Set()).add(line))
  return [...lines].map(([text, on]) => `${plain(text)} (line ${[...on].join(', ')})`)
}
