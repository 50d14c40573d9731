import { styleText } from 'node:util'

interface Output { write (text: string): unknown, readonly isTTY?: boolean | undefined }

/** All that the program touches outside of itself, so that tests can hand it something else. */
export interface CliIo {
  readonly stdout: Output
  readonly stderr: Output
  readonly stdin: AsyncIterable<Uint8Array>
  readonly env: NodeJS.ProcessEnv
  /** Where `.env` and relative paths are looked for. */
  readonly cwd: string
  readonly version: string
  /** Runs the gateway in this process. */
  readonly start: () => Promise<unknown>
}

/** Exit codes: 0 yes, 1 no, 2 wrong usage or nobody can tell. */
export type ExitCode = 0 | 1 | 2

/** Wrong usage, or what keeps a command from its answer: exit code 2. The message is the only output. */
export class CliError extends Error {
  override readonly name = 'CliError'
}

/** Colours text for a terminal; text that goes elsewhere, or a person who set NO_COLOR, gets none. */
export type Paint = (colour: Parameters<typeof styleText>[0], text: string) => string

/** How to colour what goes to standard output. As node has it, an empty NO_COLOR is none. */
export function createPaint ({ stdout, env }: Pick<CliIo, 'stdout' | 'env'>): Paint {
  const hasColours = stdout.isTTY === true && !env.NO_COLOR
  return (colour, text) => hasColours ? styleText(colour, text, { validateStream: false }) : text
}
