import { readFileSync } from 'node:fs'
import t from 'tap'

/** Without the indentation, which is deeper in the file. */
const linesOf = (text: string) => text.split('\n').map(line => line.trim()).join('\n')
const page = readFileSync('docs/operations.md', 'utf8')
const conf = linesOf(readFileSync('examples/nginx/nginx.conf', 'utf8'))

t.test('the nginx lines of docs/operations.md are those of examples/nginx/nginx.conf', async t => {
  const blocks = [...page.matchAll(/```nginx\n([^]*?)```/g)].map(([, block = '']) => linesOf(block).trim())
  t.equal(blocks.length, 1)
  const pieces = blocks.flatMap(block => block.split('\n\n'))
  t.same(pieces.map(piece => piece.split(' ')[0]), ['map', 'upstream', 'location'])
  for (const piece of pieces) t.ok(conf.includes(`\n${piece}\n`), piece)
})
