import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { answerParent } from '../child.js'
import { DeliveryCount, type Deliveries } from './delivery-count.js'
import { inParallel } from './in-parallel.js'
import { closeTunnel, openTunnel } from './cheap-tunnel.js'

/** Which tunnels, and how many handshakes at a time. */
export interface TunnelPlan {
  readonly port: number
  readonly path: string
  readonly count: number
  readonly lanes: number
}

/** Looks for the end of a chat, and for what comes after it: a doubled message would. */
const LOOK_EVERY_MS = 50
const AFTERMATH_MS = 500

const tunnels = new Set<Socket>()
let opened = 0
let count = new DeliveryCount(0, 0)

/** Holds tunnels open, and takes what comes through them. */
const questions = {
  /** Opens tunnels beside those that are open already. */
  open: async ({ count, lanes, ...target }: TunnelPlan): Promise<void> => {
    await inParallel(count, lanes, async () => await open(target))
  },
  /** Opens and closes tunnels; no more than `lanes` are open at once. */
  openAndClose: async ({ count, lanes, ...target }: TunnelPlan): Promise<void> => {
    await inParallel(count, lanes, async () => await new Promise<void>((resolve, reject) => {
      openTunnel({ ...target, onBytes: () => {}, onClose: resolve }).then(closeTunnel, reject)
    }))
  },
  /** Tunnels that are open. */
  countTunnels: (): number => tunnels.size,
  /** Gets ready for so many messages on every tunnel. */
  expect: ({ messages }: { messages: number }): void => { count = new DeliveryCount(opened, messages) },
  /** Resolves with what arrived, once that is everything, or `timeoutMs` later. */
  collect: async ({ timeoutMs }: { timeoutMs: number }): Promise<Deliveries> => {
    for (let waitedMs = 0; waitedMs < timeoutMs && !count.isComplete; waitedMs += LOOK_EVERY_MS) {
      await setTimeout(LOOK_EVERY_MS)
    }
    await setTimeout(AFTERMATH_MS)
    return count.deliveries()
  },
  /** Cuts all tunnels: no port of this side has to wait (TIME_WAIT). */
  cut: (): void => {
    for (const socket of tunnels) socket.resetAndDestroy()
    opened = 0
  }
}

/** For whoever starts this program. */
export type TunnelClient = typeof questions

answerParent(questions)

async function open (target: { port: number, path: string }): Promise<void> {
  const tunnel = opened++
  const socket: Socket = await openTunnel({
    ...target,
    onBytes: bytes => count.take(tunnel, bytes),
    onClose: () => { tunnels.delete(socket) }
  })
  tunnels.add(socket)
}
