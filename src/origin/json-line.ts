type Kind = 'value' | 'open' | 'close' | 'comma' | 'colon'

/** A string, a word, a number or a mark, after white space. RFC 8259 sections 2, 6 and 7. */
// eslint-disable-next-line no-control-regex -- JSON allows none within a string
const TOKEN = /[ \t\n\r]*("(?:[^"\\\x00-\x1f]|\\.)*"|true|false|null|-?\d[\d.eE+-]*|[[\]{},:])/y

const MARKS: Readonly<Record<string, Kind>> = {
  '[': 'open', '{': 'open', ']': 'close', '}': 'close', ',': 'comma', ':': 'colon'
}

/** What may stand before each kind; undefined is the beginning. */
const BEFORE: Readonly<Record<Kind, ReadonlyArray<Kind | undefined>>> = {
  value: [undefined, 'open', 'comma', 'colon'],
  open: [undefined, 'open', 'comma', 'colon'],
  close: ['value', 'open', 'close'],
  comma: ['value', 'close'],
  colon: ['value']
}

/**
 * The line (1 is the first) where a text that JSON.parse refuses stops being JSON; the last one when its end
 * is missing or closes with the wrong bracket. JSON.parse itself tells a position for some faults only.
 */
export function findJsonFaultLine (text: string): number {
  const token = new RegExp(TOKEN)
  let end = 0
  let last: Kind | undefined
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const kind = MARKS[String(found[1])] ?? 'value'
    if (!BEFORE[kind].includes(last)) break
    last = kind
    end = token.lastIndex
  }
  const rest = text.slice(end).trimStart()
  const before = rest === '' ? text.trimEnd() : text.slice(0, text.length - rest.length)
  return before.split('\n').length
}
