/** Why one allow-list entry is refused; the message names the mend. Never leaves lintEntry. */
export class EntryFault extends Error {
  override readonly name = 'EntryFault'
}

/** What the readers of an entry's parts remark on while the entry stays usable. */
export interface EntryNotes {
  /** Spellings that were put right. The mend of each is the entry's canonical text, known at the end. */
  readonly respelled: string[]
  /** Risks, each with its own mend. */
  readonly warnings: string[]
}
