import type { AllowList } from './allow-list.js'
import { createGate, type DecideOrigin, type MissingOnUpgrade } from './decide.js'
import type { EntryVerdict } from './entry.js'
import { createJudge, type Judge } from './judge.js'
import type { ParsedOrigin } from './origin.js'
import {
  isPolicy, matchFirst,
  type OriginContext, type OriginPolicy, type OriginSink, type OriginSource, type SourceContent
} from './policy.js'
import { harmlessLines } from './printable.js'
import { describeFaults, type PolicyEvent, type SourceState, unreadSource } from './source-state.js'

/** What a live policy is made of. */
export interface LivePolicyOptions {
  readonly sources: readonly OriginSource[]
  /** The gateway's own origins, which no source can lock out. */
  readonly own: AllowList
  readonly missingOnUpgrade: MissingOnUpgrade
  /** Where refusals tell people to add an origin; ALLOWED_ORIGINS when left out. */
  readonly listName?: string
  readonly now: () => number
  /** Resolves in a later turn of the event loop: a long list is judged in slices, requests go between. */
  readonly pause: () => Promise<void>
  /** Resolves after `ms`: what comes faster than it can be compiled must not keep the process busy. */
  readonly rest: (ms: number) => Promise<void>
  readonly onEvent: (event: PolicyEvent) => void
}

/** Swaps are at least this far apart; what is told meanwhile goes into the next one. */
const SWAP_EVERY_MS = 20

/** Entries of a change that the log names, each way. */
const EXAMPLES = 10

/** One source: what it told last, and what is good of it. */
interface Slot {
  readonly source: OriginSource
  readonly state: SourceState
  told: SourceContent | undefined
  verdicts: readonly EntryVerdict[]
  policy: OriginPolicy | undefined
}

/**
 * Unites sources into one policy that changes while it is asked. A change is judged and compiled beside the
 * list that is enforced, and swapped in by one assignment: no request waits for it, none sees half of it. Of
 * changes that come faster than they can be compiled, the newest counts. A source that fails, or tells a bad
 * entry, keeps what it had.
 */
export class LivePolicy implements OriginPolicy {
  /** The gate's question, answered by what is enforced at that moment. */
  readonly decide: DecideOrigin
  readonly #options: LivePolicyOptions
  readonly #slots: readonly Slot[]
  readonly #judge: Judge
  readonly #listeners = new Set<() => void>()
  #enforced: AllowList
  #policies: readonly OriginPolicy[] = []
  #generation = 0
  #swappedAt = 0
  #work: Promise<void> | undefined
  /** Whether `#work` still takes what is told. */
  #works = false
  #starts = false
  #closed = false

  constructor (options: LivePolicyOptions) {
    this.#options = options
    this.#slots = options.sources.map(source =>
      ({ source, state: unreadSource(source.name), told: undefined, verdicts: [], policy: undefined }))
    this.#judge = createJudge(options.pause)
    this.#enforced = this.#judge.nothing
    const { own, missingOnUpgrade, listName } = options
    this.decide = createGate({ policy: this, own, missingOnUpgrade, listName })
  }

  /** The rule that allows a well-formed origin, without the gateway's own ones. */
  match (origin: ParsedOrigin | 'null', context: OriginContext): string | undefined {
    return this.#enforced.match(origin) ?? matchFirst(this.#policies, origin, context)
  }

  /** Grows with every change that is enforced. */
  get generation (): number {
    return this.#generation
  }

  /** The different entries that are enforced, as written. */
  entries (): readonly string[] {
    return this.#enforced.entries()
  }

  /** The state of each source, in the order given. */
  sources (): ReadonlyArray<Readonly<SourceState>> {
    return this.#slots.map(({ state }) => state)
  }

  /** The verdicts of each source's enforced entries: what the linter remarked on, and who told it. */
  verdicts (): ReadonlyArray<{ source: string, verdicts: readonly EntryVerdict[] }> {
    return this.#slots.map(({ state, verdicts }) => ({ source: state.name, verdicts }))
  }

  /** Opens all sources. Resolves once each was read, or could not be, and what they tell is enforced. */
  async start (): Promise<void> {
    this.#starts = true
    await Promise.all(this.#slots.map(slot => slot.source.open(this.#sinkOf(slot))))
    this.#starts = false
    await this.#enforceSoon()
  }

  /** Reads all sources again. Resolves once what they tell is enforced, or refused. */
  async reload (): Promise<void> {
    await Promise.all(this.#slots.map(({ source }) => source.reload()))
  }

  /** `listener` is called after each change, when it is enforced already. Returns the end of it. */
  onChange (listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  /** Ends all sources. What is enforced goes on to be. */
  async close (): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
    await Promise.all(this.#slots.map(({ source }) => source.close()))
  }

  #sinkOf (slot: Slot): OriginSink {
    return {
      deliver: async content => {
        if (this.#closed) return
        slot.told = content
        if (!this.#starts) await this.#enforceSoon()
      },
      unchanged: () => {
        // What it says may be what was refused, or what stood there when it could be read last.
        if (slot.state.error === undefined) slot.state.readAt = this.#options.now()
      },
      fail: error => {
        if (this.#closed) return
        slot.state.failures++
        this.#noteError(slot.state, harmlessLines(error.message), { kind: 'failed', source: slot.state.name, error })
      }
    }
  }

  async #enforceSoon (): Promise<void> {
    if (!this.#works) this.#work = this.#enforce()
    await this.#work
  }

  /** Takes the newest content of every source, until none has told more. */
  async #enforce (): Promise<void> {
    this.#works = true
    try {
      while (this.#slots.some(({ told }) => told !== undefined)) {
        await this.#rest()
        const changed = await Promise.all(this.#slots.map(async slot => await this.#take(slot)))
        if (this.#closed) break
        if (changed.every(part => part === undefined)) continue
        await this.#swap(this.#slots.filter((_slot, index) => changed[index] === 'list').map(({ state }) => state.name))
      }
    } finally {
      this.#works = false
    }
  }

  async #rest (): Promise<void> {
    const restMs = this.#swappedAt + SWAP_EVERY_MS - this.#options.now()
    if (restMs > 0) await this.#options.rest(Math.min(restMs, SWAP_EVERY_MS)) // the clock may be set back
  }

  /** What is new of it to enforce. */
  async #take (slot: Slot): Promise<'list' | 'policy' | undefined> {
    const { told } = slot
    if (told === undefined) return undefined
    slot.told = undefined
    if (isPolicy(told)) {
      const part = slot.verdicts.length > 0 ? 'list' : 'policy'
      this.#noteRead(slot.state, { holds: 'policy', entries: 0, changed: true })
      Object.assign(slot, { policy: told, verdicts: [] })
      return part
    }
    const verdicts = await this.#judged(told)
    const faults = verdicts.filter(({ verdict }) => verdict === 'reject')
    if (faults.length > 0) {
      slot.state.refusals++
      const { name } = slot.state
      this.#noteError(slot.state, describeFaults(faults), { kind: 'refused', source: name, faults })
      return undefined
    }
    const changed = slot.state.holds !== 'list' || !isSame(verdicts, slot.verdicts)
    this.#noteRead(slot.state, { holds: 'list', entries: verdicts.length, changed })
    Object.assign(slot, { policy: undefined, verdicts })
    return changed ? 'list' : undefined
  }

  /** A judge that stumbles over a list has found a fault in it: the gateway keeps what it has. */
  async #judged (entries: readonly string[]): Promise<readonly EntryVerdict[]> {
    try {
      return await this.#judge.lint(entries)
    } catch (error) {
      return [{ entry: '', verdict: 'reject', messages: [`the list cannot be judged (${String(error)})`] }]
    }
  }

  async #swap (lists: readonly string[]): Promise<void> {
    const compiled = lists.length > 0 ? await this.#compile(lists) : undefined
    // From here to the end nothing waits, so nobody is judged by half of a change.
    if (compiled !== undefined) this.#enforced = compiled.allowList
    this.#policies = this.#slots.flatMap(({ policy }) => policy ?? [])
    this.#generation++
    this.#swappedAt = this.#options.now()
    if (compiled !== undefined) this.#options.onEvent(compiled.event)
    for (const listener of this.#listeners) listener()
  }

  async #compile (sources: readonly string[]): Promise<{ allowList: AllowList, event: PolicyEvent }> {
    const before = new Set(this.#enforced.entries())
    const all = this.#slots.flatMap(({ verdicts }) => verdicts)
    const { allowList, warnings } = await this.#judge.compile(all)
    const entries = allowList.entries()
    const added = entries.filter(entry => !before.delete(entry))
    const change = {
      sources,
      added: added.length,
      removed: before.size,
      entries: entries.length,
      examples: { added: added.slice(0, EXAMPLES), removed: [...before].slice(0, EXAMPLES) }
    }
    return { allowList, event: { kind: 'changed', change, warnings } }
  }

  #noteRead (state: SourceState, { holds, entries, changed }: Reading): void {
    const wasBad = state.error !== undefined
    const readAt = this.#options.now()
    Object.assign(state, { holds, entries, readAt, error: undefined }, changed && { changedAt: readAt })
    if (wasBad) this.#options.onEvent({ kind: 'recovered', source: state.name })
  }

  /** A source that is polled tells the same failure again and again; once is enough for the log. */
  #noteError (state: SourceState, message: string, event: PolicyEvent): void {
    const isNews = state.error?.message !== message
    state.error = { message, at: this.#options.now() }
    if (isNews) this.#options.onEvent(event)
  }
}

interface Reading { readonly holds: 'list' | 'policy', readonly entries: number, readonly changed: boolean }

/** The same entries in the same order. */
function isSame (some: readonly EntryVerdict[], others: readonly EntryVerdict[]): boolean {
  return some.length === others.length && some.every(({ entry }, index) => entry === others[index]?.entry)
}
