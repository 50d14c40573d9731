/** A cell: `undefined` where the server has no such thing. */
export interface Cell { direct: boolean, through: boolean }

/** What the table is made of. */
export interface Table {
  servers: readonly string[]
  areas: ReadonlyArray<{
    title: string
    rows: ReadonlyArray<{ name: string, note?: string | undefined, cells: ReadonlyArray<Cell | undefined> }>
  }>
}

const HEAD = `# Compatibility

What each server does, asked directly and through the gateway by the same code. Made by
\`WRITE_COMPATIBILITY=1 npm run test:interop\`, not by hand: the test run fails when it differs from this page.

`

const LEGEND = `
Each cell is *directly → through the gateway*; – stands where the server has no such thing. Directly, no \`Origin\` is sent but in
the rows about pages; through the gateway, each request is one of a page on the allow-list. Servers and gateway are as installed: no
setting of origins, transports, message sizes or heart-beats is made, and *no* may well be a setting away. But in rows that end in
*opened*, the gateway's \`SOCKJS_TRANSPORTS\` names all. sockjs-node carries the STOMP of \`src/demo/\`, and has its cookie switched on.
`

/** The page, ending with a newline: the same for the same table. */
export function renderTable ({ servers, areas }: Table): string {
  const notes: string[] = []
  const mark = (note: string | undefined) => {
    if (note === undefined) return ''
    if (!notes.includes(note)) notes.push(note)
    return ` [${notes.indexOf(note) + 1}]`
  }
  const sections = areas.map(({ title, rows }) => [
    `## ${title}`,
    '',
    line(['Feature', ...servers]),
    line(['---', ...servers.map(() => '---')]),
    ...rows.map(({ name, note, cells }) => line([name + mark(note), ...cells.map(renderCell)])),
    ''
  ].join('\n'))
  const list = notes.map((note, i) => `${i + 1}. ${note}\n`).join('')
  return HEAD + LEGEND.trimStart() + '\n' + sections.join('\n') + (list === '' ? '' : `\n## Notes\n\n${list}`)
}

function line (cells: readonly string[]): string {
  return `| ${cells.map(text => text.replaceAll('|', '\\|')).join(' | ')} |`
}

function renderCell (cell: Cell | undefined): string {
  if (cell === undefined) return '–'
  return `${word(cell.direct)} → ${word(cell.through)}`
}

function word (works: boolean): string {
  return works ? 'yes' : 'no'
}
