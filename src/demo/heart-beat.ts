/** Runs a function every so many ms; the function it returns stops that. */
export type Every = (ms: number, run: () => void) => () => void

/** ms between two heart-beats, 0 for none: what this end sends, and what it may expect. */
export interface HeartBeatPeriods { sendEveryMs: number, expectEveryMs: number }

/** Periods from the client's `heart-beat` header and what this end offers, by STOMP 1.2 "Heart-beating".
 *  No header means none. Undefined when it is malformed; nine digits are the most a Node timer can hold. */
export function agreeHeartBeats (header: string | undefined, offerMs: number): HeartBeatPeriods | undefined {
  if (header === undefined) return { sendEveryMs: 0, expectEveryMs: 0 }
  if (!/^\d{1,9},\d{1,9}$/.test(header)) return undefined
  const [canSend, wants] = header.split(',').map(Number) as [number, number]
  const agree = (theirs: number) => theirs === 0 || offerMs === 0 ? 0 : Math.max(theirs, offerMs)
  return { sendEveryMs: agree(wants), expectEveryMs: agree(canSend) }
}

/** Sends heart-beats and watches for the peer's: `onSilence` runs once after two whole periods without
 *  `heard()`. `stop` ends both timers; whoever starts heart-beats owns that call. */
export function startHeartBeats (
  { sendEveryMs, expectEveryMs }: HeartBeatPeriods,
  { send, onSilence, every }: { send: () => void, onSilence: () => void, every: Every }
): { heard (): void, stop (): void } {
  let silentPeriods = 0
  const stopSending = sendEveryMs === 0 ? undefined : every(sendEveryMs, send)
  const stopWatching = expectEveryMs === 0 ? undefined : every(expectEveryMs, watch)

  function watch () {
    silentPeriods += 1 // the first period began before the peer knew of it, hence a margin of one more
    if (silentPeriods <= 2) return
    stop()
    onSilence()
  }
  function stop () {
    stopSending?.()
    stopWatching?.()
  }
  return { heard () { silentPeriods = 0 }, stop }
}
