import type { Every } from '../../src/demo/heart-beat.js'

/** Timers that run when the test says so: `tick` runs those of one period, `running` lists all periods. */
export function manualTimers (): { every: Every, tick (ms: number): void, running (): number[] } {
  const timers = new Set<{ ms: number, run: () => void }>()
  return {
    every (ms, run) {
      const timer = { ms, run }
      timers.add(timer)
      return () => { timers.delete(timer) }
    },
    tick (ms) { for (const timer of [...timers]) if (timer.ms === ms) timer.run() },
    running: () => [...timers].map(timer => timer.ms)
  }
}
