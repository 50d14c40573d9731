import { STRATEGIES } from '../balancing/strategy.js'
import { isAvailable, type Instance } from './instance.js'

/** What one pick goes by. */
export interface PickOptions<U> {
  /** The SockJS session id, where requests of one session must meet one instance. */
  readonly key?: string | undefined
  /** Instances this request has tried already. */
  readonly exclude?: ReadonlySet<Instance<U>> | undefined
  /** Clock reading in ms. */
  readonly now: number
}

/** The instances of one upstream at run time. */
export interface Pool<U> {
  readonly instances: readonly Instance<U>[]
  /** With a key always the same instance, else the less loaded of two; undefined when none is left. */
  pick (options: PickOptions<U>): Instance<U> | undefined
  /** Counts a tunnel or request in; every acquire needs its one release. */
  acquire (instance: Instance<U>): void
  /** Counts a tunnel or request out; never below 0. */
  release (instance: Instance<U>): void
  /** ms until the first set-aside instance is tried again; 0 when one is available or probes keep all out. */
  retryAfterMs (now: number): number
  /** Instances that may be picked at `now` (ms). */
  availableCount (now: number): number
}

/** A pool over `instances`, whose ids must differ. `random` yields numbers in [0, 1). */
export function createPool<U> (
  instances: readonly Instance<U>[], { random }: { readonly random: () => number }
): Pool<U> {
  const available = (now: number) => instances.filter(instance => isAvailable(instance, now))

  return {
    instances,

    pick ({ key, exclude, now }) {
      const left = available(now).filter(instance => exclude?.has(instance) !== true)
      // An empty key is no session: hashing it would send everything to one instance.
      const hasKey = key !== undefined && key !== ''
      return STRATEGIES[hasKey ? 'rendezvous' : 'least-tunnels'](left, { key: key ?? '', random })
    },

    acquire (instance) { instance.open++ },

    release (instance) { instance.open = Math.max(0, instance.open - 1) },

    retryAfterMs (now) {
      // The end of its pause brings no instance back that fails its probes.
      const pauses = instances.filter(({ health }) => health.up)
        .map(({ asideUntil }) => Math.max(0, asideUntil - now))
      return pauses.length === 0 ? 0 : Math.min(...pauses)
    },

    availableCount (now) { return available(now).length }
  }
}
