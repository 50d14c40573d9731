import t from 'tap'
import { echo } from '../../../bench/load/echo.js'
import { fanOut } from '../../../bench/load/fan-out.js'
import { numberedMessage } from '../../../bench/load/numbered-message.js'
import type { Tunnel } from '../../../bench/load/tunnel.js'

/** A tunnel whose other end is this function; what the receiver throws is a failure, as in the real one. */
function tunnelTo (respond: (payload: Buffer, reply: (payload: Buffer) => void) => void): Tunnel {
  const tunnel: Tunnel = {
    send: payload => {
      setImmediate(() => respond(Buffer.from(payload), reply => deliver(tunnel, reply)))
    },
    onMessage: () => {},
    onFailure: () => {},
    reset: async () => {}
  }
  return tunnel
}

function deliver (tunnel: Tunnel, payload: Buffer): void {
  try {
    tunnel.onMessage(payload)
  } catch (error) {
    tunnel.onFailure(error as Error)
  }
}

t.test('messages differ by sender and turn, and have their length', async t => {
  t.equal(numberedMessage(100, 7, 12).length, 100)
  t.equal(new Set([[0, 0], [0, 1], [1, 0], [11, 1], [1, 11]]
    .map(([sender = 0, turn = 0]) => numberedMessage(100, sender, turn).toString())).size, 5)
})

t.test('an echo that is exact ends after its turns', async t => {
  let seen = 0
  const exact = () => tunnelTo((payload, reply) => {
    seen += 1
    reply(payload)
  })
  await echo([exact(), exact()], 3, 100)
  t.equal(seen, 6)
})

t.test('an altered, a doubled and a misled echo are failures', async t => {
  const altered = tunnelTo((payload, reply) => {
    payload[99] = 0
    reply(payload)
  })
  await t.rejects(echo([altered], 3, 100), /not what was sent/)
  const doubled = tunnelTo((payload, reply) => {
    reply(payload)
    reply(payload)
  })
  await t.rejects(echo([doubled], 3, 100), /not what was sent/)
  const misled = tunnelTo((_payload, reply) => reply(numberedMessage(100, 1, 0)))
  await t.rejects(echo([misled], 3, 100), /not what was sent/)
})

/** Clients and the control of a backend that hands on what `edit` makes of each message, for each client. */
function room (clients: number, edit: (payload: Buffer, client: number) => Buffer[]) {
  const tunnels = Array.from({ length: clients }, () => tunnelTo(() => {}))
  const control = tunnelTo(payload => {
    for (const [client, tunnel] of tunnels.entries()) {
      for (const message of edit(payload, client)) deliver(tunnel, message)
    }
  })
  return { tunnels, control }
}

t.test('a fan-out ends once every client has every message', async t => {
  let sent = 0
  const { tunnels, control } = room(3, payload => {
    sent += 1
    return [payload]
  })
  await fanOut(control, tunnels, 4, 100)
  t.equal(sent, 12)
})

t.test('a fan-out fails on a message that one client gets twice, or instead of another', async t => {
  const doubled = room(3, (payload, client) => client === 1 ? [payload, payload] : [payload])
  await t.rejects(fanOut(doubled.control, doubled.tunnels, 4, 100), /tunnel 1: not turn/)
  const altered = room(3, (payload, client) => client === 2 ? [numberedMessage(100, 0, 9)] : [payload])
  await t.rejects(fanOut(altered.control, altered.tunnels, 4, 100), /tunnel 2: not turn 0/)
})
