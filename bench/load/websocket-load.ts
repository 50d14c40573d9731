import { answer } from '../channel.js'
import { echo } from './echo.js'
import { fanOut } from './fan-out.js'
import { inParallel } from './in-parallel.js'
import { openTunnel, type Tunnel } from './tunnel.js'
import type { Work } from './work.js'

// The program that loads proxies with WebSockets. It keeps its tunnels between two questions, so that opening
// them is not measured with what goes over them.

const SERVICE = '/stomp/ws-stomp'
const OPEN_AT_A_TIME = 32

let tunnels: Tunnel[] = []
let lateFailure: Error | undefined

answer(async (work: Work) => {
  switch (work.do) {
    case 'open':
      tunnels = []
      await inParallel(work.tunnels, OPEN_AT_A_TIME, async index => {
        tunnels[index] = await openAt(work.port)
      })
      return
    case 'echo':
      await echo(tunnels, work.turns, work.bytes)
      return watchLate()
    case 'fan-out':
      await fanOutFrom(work.backendPort, work.turns, work.bytes)
      return watchLate()
    case 'handshakes':
      await inParallel(work.count, OPEN_AT_A_TIME, async index => await visit(work.port, index))
      return
    case 'close':
      await Promise.all(tunnels.map(async tunnel => await tunnel.reset()))
      tunnels = []
      if (lateFailure !== undefined) throw lateFailure
  }
})
process.stdout.write('ready\n')

/** The work is done: a message that comes now is one too many. `close` tells of it. */
function watchLate (): void {
  for (const tunnel of tunnels) {
    tunnel.onMessage = () => { throw new Error('a message came after the last one') }
    tunnel.onFailure = error => { lateFailure ??= error }
  }
}

async function openAt (port: number): Promise<Tunnel> {
  return await openTunnel({ port, path: `${SERVICE}/websocket` })
}

/**
 * Opens a SockJS session of its own, and leaves once the open frame has come: then the proxy has reached the
 * backend, also one that says 101 before it dials.
 */
async function visit (port: number, index: number): Promise<void> {
  const path = `${SERVICE}/000/${process.pid}x${Date.now()}x${index}/websocket`
  let greet = (_payload: Buffer) => {}
  const greeting = new Promise<string>(resolve => { greet = payload => resolve(payload.toString()) })
  const tunnel = await openTunnel({ port, path, onMessage: payload => greet(payload) })
  const failure = new Promise<never>((_resolve, reject) => { tunnel.onFailure = reject })
  const first = await Promise.race([greeting, failure])
  if (first !== 'o') throw new Error(`no open frame came, but ${first}`)
  await tunnel.reset()
}

async function fanOutFrom (backendPort: number, turns: number, bytes: number): Promise<void> {
  const control = await openTunnel({ port: backendPort, path: '/broadcast' })
  try {
    await fanOut(control, tunnels, turns, bytes)
  } finally {
    await control.reset()
  }
}
