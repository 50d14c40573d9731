import type { Test } from 'tap'
import { ask } from '../../helper/door.js'
import { joinChat } from './chat.js'
import type { Services } from './services.js'
import { openConnection } from './stomp-connection.js'

/** Characters of a cookie. The gateway takes heads of 16 KiB, and adds up to some 250 bytes to one. */
const COOKIE_LENGTHS = [8_000, 12_000, 16_000]

/** Heads that are longer than the 8 KiB that Tomcat takes by itself. */
export function testLargeHeads (t: Test, { direct, gateway }: Services): void {
  t.test('a large head that Spring takes directly is not too large once the gateway has added its lines', async t => {
    for (const length of COOKIE_LENGTHS) {
      const headers = { cookie: `large=${'x'.repeat(length - 'large='.length)}` }
      for (const [name, door] of Object.entries({ directly: direct, 'through the gateway': gateway })) {
        const info = await ask(door, '/ws-stomp/info', { headers })
        t.equal(info.status, 200, `info, ${length} characters, ${name}`)
        const connection = await openConnection(t, door, 'websocket', { headers: () => headers })
        t.equal((await joinChat(connection)).get('version'), '1.2', `upgrade, ${length} characters, ${name}`)
        connection.leave()
      }
    }
  })
}
