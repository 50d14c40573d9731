import type { Candidate, Strategy } from './strategy.js'

/**
 * Highest random weight (Thaler & Ravishankar, "Using name-based mappings to increase hit rates", 1998):
 * every instance gets a weight from its id and the key, and the highest wins. Losing an instance moves its
 * own keys alone, and replicas agree without a word: nothing but the text of ids and key counts, not the
 * order of `available`. Equal weights go to the lower id.
 */
export const rendezvous: Strategy = (available, { key }) => {
  const keyHash = hash(key)
  let best: typeof available[number] | undefined
  let bestWeight = -1
  for (const candidate of available) {
    const weight = mix(keyHash ^ hash(candidate.id))
    if (weight > bestWeight || (weight === bestWeight && precedes(candidate, best))) {
      best = candidate
      bestWeight = weight
    }
  }
  return best
}

/** By code unit: localeCompare would follow the locale of each replica. */
function precedes (one: Candidate, other: Candidate | undefined): boolean {
  return other !== undefined && one.id < other.id
}

/**
 * FNV-1a over UTF-16 code units, then mixed. Written here because the choice must stay the same on every
 * Node version and replica, and without an allocation for each instance; a client that wants one certain
 * instance can find an id for it, which any agreed hash without a shared secret allows.
 */
function hash (text: string): number {
  let state = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  }
  return mix(state)
}

/** The finalizer of MurmurHash3 (fmix32): any input bit flips each output bit half of the time. 32 bits. */
function mix (word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return (word ^ (word >>> 16)) >>> 0
}
