import { styleText } from 'node:util'
import type { Finding, Severity } from './finding.js'
import type { Diagnosis, HopReport } from './verdict.js'

const MARKS: Readonly<Record<Severity, { mark: string, colour: 'green' | 'cyan' | 'yellow' | 'red' }>> = {
  ok: { mark: '✓', colour: 'green' },
  note: { mark: '-', colour: 'cyan' },
  warning: { mark: '!', colour: 'yellow' },
  fault: { mark: '✗', colour: 'red' }
}

type Paint = (colour: Parameters<typeof styleText>[0], text: string) => string

/**
 * The diagnosis for a person: a block for each hop, a line for each check, then the verdict. Each mend stands
 * there once, that of the verdict below it; a long message once in each block.
 */
export function formatDiagnosis (diagnosis: Diagnosis, { colours }: { colours: boolean }): string {
  // Whether the stream is a terminal was judged before, of the stream that is written to.
  const paint: Paint = (colour, text) => colours ? styleText(colour, text, { validateStream: false }) : text
  const { origin, works, verdict, mend, hops } = diagnosis
  const outcome = works ? paint('green', MARKS.ok.mark) : paint('red', MARKS.fault.mark)
  const told = new Set([mend])
  return [
    `A page on ${paint('bold', origin)}`,
    ...hops.flatMap(hop => ['', ...formatHop(hop, told, paint)]),
    '',
    `${outcome} ${paint('bold', verdict)}`,
    ...(mend === undefined ? [] : [`  mend: ${mend}`]),
    ''
  ].join('\n')
}

type Told = Set<string | undefined>

function formatHop ({ name, url, findings }: HopReport, told: Told, paint: Paint): string[] {
  return [
    `${paint('bold', name)}  ${url}`,
    ...findings.flatMap((finding, index) => {
      const { message } = finding
      const isTold = message.length > SHORT && findings.findIndex(each => each.message === message) < index
      return formatFinding(isTold ? { ...finding, message: 'the same' } : finding, told, paint)
    })
  ]
}

/** Characters of a message that is repeated rather than pointed to. */
const SHORT = 40

function formatFinding (finding: Finding, told: Told, paint: Paint): string[] {
  const { severity, check, message, mend } = finding
  const { mark, colour } = MARKS[severity]
  const line = `  ${paint(colour, mark)} ${check.padEnd(CHECK_WIDTH)}  ${message}`
  if (severity === 'ok' || severity === 'note' || told.has(mend)) return [line]
  told.add(mend)
  return [line, `    ${' '.repeat(CHECK_WIDTH)}  mend: ${mend}`]
}

const CHECK_WIDTH = 'websocket, other origin'.length
