import t from 'tap'
import { otherVersions } from './difference.js'
import { renderTable } from './render.js'

function pageOf (servers: string[], direct = true): string {
  const cells = servers.map(() => ({ direct, through: true }))
  const rows = [{ name: 'a row', cells }]
  return renderTable({ servers, areas: [{ title: 'One', rows }, { title: 'Two', rows }] })
}

const page = pageOf(['sockjs-node 0.3.24', 'RabbitMQ 3.10 Web-STOMP'])

t.test('a page of other versions alone names them, once', async t => {
  const made = pageOf(['sockjs-node 0.3.24', 'RabbitMQ 3.12 Web-STOMP'])
  t.strictSame(otherVersions(page, made), ['RabbitMQ 3.10 Web-STOMP -> RabbitMQ 3.12 Web-STOMP'])
})

t.test('a page that differs elsewhere, too, has no such excuse', async t => {
  t.equal(otherVersions(page, pageOf(['sockjs-node 0.3.24', 'RabbitMQ 3.12 Web-STOMP'], false)), undefined)
  t.equal(otherVersions(page, page), undefined)
  t.equal(otherVersions(page, `${page}\n`), undefined)
  t.equal(otherVersions(page, pageOf(['sockjs-node 0.3.24'])), undefined)
})
