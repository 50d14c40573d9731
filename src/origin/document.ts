import { findJsonFaultLine, isNestedDeeper } from './json-line.js'

/** Bytes of a document that its reader accepts at most. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
/** Entries of one source at most. */
export const MAX_ENTRIES = 100_000
/** Characters of one entry at most: a host has 253, the rest is for ports. */
export const MAX_ENTRY_LENGTH = 2_048
/** Lines of a text, with comments and empty ones. */
const MAX_LINES = 500_000
/** Of JSON: the array of origins, and whatever else stands beside it. */
const MAX_DEPTH = 32
/** Of JSON that is broken, the place of the fault is looked for no further: an entry is two tokens. */
const MAX_TOKENS = 2 * MAX_ENTRIES + 1_000

/**
 * The entries of a list document, as written, for the linter to judge. Either text, one entry a line, with
 * `#` comments at the start of a line or after white space; or JSON, an array of strings or
 * `{ "origins": [...] }`. A byte order mark and CRLF are fine.
 * @throws Error with the line or item, and the mend, when it is no such list. An empty text is none: that is
 * what a writer leaves for a moment before it fills the file.
 */
export function parseOriginDocument (text: string): string[] {
  const body = text.replace(/^\uFEFF/, '')
  const start = body.trimStart()
  if (start === '') throw new Error('it is empty: to allow no origin, write [] or a comment line')
  if (start.startsWith('<')) throw new Error('it is an HTML page, not a list: name the document itself')
  if (body.includes('\0')) throw new Error('it holds a NUL byte, so it is no text: save it as UTF-8')
  const entries = /^[[{]/.test(start) ? parseJson(body) : parseLines(body)
  if (entries.length <= MAX_ENTRIES) return entries
  throw new Error(`it has ${entries.length} entries: at most ${MAX_ENTRIES} are taken`)
}

/**
 * The entries of a document as bytes, which are UTF-8; the caller has bounded them by MAX_DOCUMENT_BYTES.
 * @throws Error as parseOriginDocument does, and when the bytes are not UTF-8
 */
export function parseOriginBytes (bytes: Uint8Array): string[] {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('it is not UTF-8 text: save it as UTF-8')
  }
  return parseOriginDocument(text)
}

function parseLines (text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/, MAX_LINES + 1)
  if (lines.length > MAX_LINES) throw new Error(`it has more than ${MAX_LINES} lines: shorten it`)
  return lines.flatMap((line, index) => {
    const comment = line.search(/(?:^|\s)#/)
    const entry = (comment === -1 ? line : line.slice(0, comment)).trim()
    if (entry === '') return []
    return [checkEntry(entry, `line ${index + 1}`)]
  })
}

function checkEntry (entry: string, place: string): string {
  if (entry.length > MAX_ENTRY_LENGTH) {
    throw new Error(`${place} has ${entry.length} characters: an entry has at most ${MAX_ENTRY_LENGTH}`)
  }
  if (holdsSeparator(entry)) throw new Error(`${place} holds a comma: write each entry by itself`)
  return entry
}

/** Whether there is a comma outside [], where it separates ports. Linear, whatever the brackets. */
function holdsSeparator (entry: string): boolean {
  let from = 0
  for (;;) {
    const open = entry.indexOf('[', from)
    const close = open === -1 ? -1 : entry.indexOf(']', open)
    if (close === -1) return entry.includes(',', from)
    if (entry.slice(from, open).includes(',')) return true
    from = close + 1
  }
}

function parseJson (text: string): string[] {
  const mend = 'write an array of strings, ["https://app.example.com"]'
  if (isNestedDeeper(text, MAX_DEPTH)) throw new Error(`it is nested more than ${MAX_DEPTH} deep: ${mend}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const line = findJsonFaultLine(text, MAX_TOKENS)
    throw new Error(`${line === undefined ? 'it' : `line ${line}`} is not JSON: ${mend}`)
  }
  const items = Array.isArray(value) ? value as unknown[] : (value as { origins?: unknown }).origins
  if (!Array.isArray(items)) {
    throw new Error('its JSON has no array of origins: write ["https://app.example.com"] or { "origins": [...] }')
  }
  return items.map((item: unknown, index) => {
    const place = `item ${index + 1}`
    if (typeof item !== 'string') throw new Error(`${place} is no string: write every entry in double quotes`)
    return checkEntry(item.trim(), place)
  })
}
