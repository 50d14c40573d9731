import type { Door } from './decide.js'
import type { ParsedOrigin } from './origin.js'

/** What a policy may look at beside the origin. */
export interface OriginContext {
  readonly door: Door
  /** The request's Host, as sent: the client chose it, so it is a key to look things up by and no more. */
  readonly host: string
}

/**
 * Decides about one well-formed origin, at once and from what it has in memory: every request asks it.
 * Malformed, doubled and empty Origins never get here, they are refused before.
 */
export interface OriginPolicy {
  /**
   * The rule that allows this origin, under a name that logs may show (an entry as written); undefined when
   * none does. To throw is to refuse.
   */
  match (origin: ParsedOrigin | 'null', context: OriginContext): string | undefined
}

/** What code without types may mean by no. */
export function isNo (answer: unknown): boolean {
  return answer === undefined || answer === null || answer === false || answer === ''
}

/** The first answer that is not no. Whatever else it is, the gate tells a name from a mistake. */
export function matchFirst (
  policies: readonly OriginPolicy[], origin: ParsedOrigin | 'null', context: OriginContext
): string | undefined {
  for (const policy of policies) {
    const name = policy.match(origin, context)
    if (!isNo(name)) return name
  }
  return undefined
}

/** What a source has to give: allow-list entries as written, or a policy of its own making. */
export type SourceContent = readonly string[] | OriginPolicy

/** Tells the two kinds of content apart. */
export function isPolicy (content: SourceContent): content is OriginPolicy {
  return !Array.isArray(content)
}

/** Where a source tells what it has. No function throws or rejects. */
export interface OriginSink {
  /**
   * All of the source's content; it takes the place of what was there. Resolves once it is enforced, or
   * refused because of a bad entry, whereupon the last good content stays.
   */
  deliver (content: SourceContent): Promise<void>
  /** The source was looked at, and says what it said last. */
  unchanged (): void
  /** The source could not be read; the last good content stays. The message names the mend. */
  fail (error: Error): void
}

/**
 * A place that origins come from. It reads and watches; judging and compiling entries is not its business.
 * Every wait in it has a bound, and it never blocks the process from ending after `close`.
 */
export interface OriginSource {
  /** How ORIGIN_POLICY spells it, without credentials: logs and the admin listener show it. */
  readonly name: string
  /** Reads for the first time and begins to watch. Resolves once the sink was told either way. */
  open (sink: OriginSink): Promise<void>
  /** Reads again now, or after the reading under way. Resolves once the sink was told. */
  reload (): Promise<void>
  /** Ends watching; nothing is told afterwards. */
  close (): Promise<void>
}

/** What a team's own policy gets from the gateway. */
export interface OriginPolicyTools {
  readonly log: Pick<Console, 'info' | 'warn' | 'error'>
  /** To be called when answers may differ from now on: open tunnels and streams are judged again. */
  readonly changed: () => void
  /** Aborted when the gateway closes: end timers and connections then. */
  readonly signal: AbortSignal
}

/**
 * The default export of a `module:` source. It may load what it needs before it returns the policy; a
 * promise that rejects counts as a source that cannot be read.
 */
export type OriginPolicyFactory = (tools: OriginPolicyTools) => OriginPolicy | Promise<OriginPolicy>
