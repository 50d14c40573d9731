import type { Test } from 'tap'
import { createFrameReader } from '../../../src/demo/frame-reader.js'
import { encodeFrame, type StompFrame } from '../../../src/demo/stomp-frame.js'
import type { Door } from '../../helper/door.js'
import { createInbox } from '../../helper/inbox.js'
import { openWire, type Transport, type WireOptions } from './wire.js'
import { within } from '../../helper/within.js'

/** STOMP over one transport. */
export interface StompConnection {
  /** Sends a frame; resolves with the status of the xhr_send that carried it, 0 on a WebSocket. */
  send: (command: string, headers?: Record<string, string>, body?: string) => Promise<number>
  /** The next frame; rejects after 15 s, and when the connection ended before. */
  next: () => Promise<StompFrame>
  /**
   * How it ended: SockJS's close frame, the close code and reason of a WebSocket, or what a poll was
   * answered; rejects after 15 s.
   */
  ended: () => Promise<string>
  /** Ends it as a closed page would. */
  leave: () => void
}

const TIMEOUT_MS = 15_000
const MAX_FRAME_BYTES = 1_000_000

/**
 * Opens the transport at `<door>/ws-stomp`; nothing of STOMP has been said yet. Rejects with
 * `<transport> answered <status>` when it is refused. It ends with the test.
 */
export async function openConnection (
  t: Test, door: Door, transport: Transport, options: WireOptions = {}
): Promise<StompConnection> {
  const read = createFrameReader(MAX_FRAME_BYTES)
  const inbox = createInbox<StompFrame | { how: string }>()
  let settle: (how: string) => void = () => {}
  const ended = new Promise<string>(resolve => { settle = resolve })
  const wire = await openWire(door, transport, options, {
    tell: message => {
      for (const item of read(message)) {
        if (item.type === 'frame') inbox.push(item.frame)
        else if (item.type === 'malformed') throw new Error(`${transport}: ${item.reason}`)
      }
    },
    end: how => {
      settle(how)
      inbox.push({ how })
    }
  })
  t.teardown(wire.leave)
  return {
    ended: () => within(TIMEOUT_MS, `the end of ${transport}`, ended),
    leave: wire.leave,
    send: (command, headers = {}, body) => wire.send(encodeFrame(command, Object.entries(headers), body)),
    next: async () => {
      const item = await within(TIMEOUT_MS, `a frame of ${transport}`, inbox.next())
      if ('command' in item) return item
      inbox.push(item)
      throw new Error(`${transport} ended (${item.how}) and brought no further frame`)
    }
  }
}
