import type { Upstream } from '../config/upstreams.js'
import { observe, type Thresholds } from '../upstream/health.js'
import { markConnected, type Instance } from '../upstream/instance.js'
import { dial } from './dial.js'

/** How instances are probed. */
export interface ProbeOptions {
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Called when an instance's health flips. */
  readonly onChange: (instance: Instance<Upstream>) => void
}

/**
 * Two refusals in a row take an instance out, one connection brings it back: connecting is all that is
 * asked.
 */
const THRESHOLDS: Thresholds = { rise: 1, fall: 2 }

/**
 * Connects to each instance every `intervalMs` and feeds its health, so that one that is down is found
 * before a request meets it, and one that was set aside comes back early. A TCP (and TLS) connection is the
 * whole probe: the path a chat-service listens on is its own affair.
 * @returns stops all probes
 */
export function startProbes (
  instances: ReadonlyArray<Instance<Upstream>>, options: ProbeOptions
): () => void {
  const stops = instances.map(instance => probeOne(instance, options))
  return () => {
    for (const stop of stops) stop()
  }
}

function probeOne (instance: Instance<Upstream>, options: ProbeOptions): () => void {
  const { intervalMs, timeoutMs, onChange } = options
  let socket: ReturnType<typeof dial> | undefined
  let stopped = false
  const timer = setInterval(() => {
    if (socket !== undefined) return // the last one is still under way
    socket = dial(instance.upstream, timeoutMs, (_error, connected) => {
      connected?.destroy()
      socket = undefined
      if (!stopped) note(instance, connected !== null, onChange) // else it was given up, not refused
    })
  }, intervalMs)
  timer.unref()
  return () => {
    stopped = true
    clearInterval(timer)
    socket?.destroy()
  }
}

function note (instance: Instance<Upstream>, passed: boolean, onChange: ProbeOptions['onChange']): void {
  const before = instance.health.up
  instance.health = observe(instance.health, passed, THRESHOLDS)
  if (passed) markConnected(instance)
  if (instance.health.up !== before) onChange(instance)
}
