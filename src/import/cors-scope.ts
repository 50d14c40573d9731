/** What of a Spring configuration goes with its list of origins, and has no place in an allow-list. */
export interface CorsScope {
  /** The path patterns of all lists, as `/**`; empty when none is written. */
  readonly patterns: readonly string[]
  /** Whether each list goes with cookies; undefined when that cannot be told. */
  readonly hasCredentials: boolean | undefined
  /** The methods that are named; `*` among them is all of them. */
  readonly methods: readonly string[]
  /** What has to be active for the list to hold: profiles and cloud platforms, as written. */
  readonly profiles: readonly string[]
  /** Whether an earlier YAML document has lists, which this one replaces. */
  readonly isLater: boolean
}

/** A sentence for each part of the scope that is lost, so that the list lets in more than Spring did. */
export function scopeDifferences (
  { patterns, hasCredentials, methods, profiles, isLater }: CorsScope
): string[] {
  const isOfAllPaths = patterns.every(pattern => pattern === '/**')
  const rows: ReadonlyArray<readonly [boolean, string]> = [
    [!isOfAllPaths,
      `In Spring each list is of its paths alone (${quote(patterns)}); here all lists are one, for every path`],
    [hasCredentials === false, 'In Spring a list goes without cookies unless allowCredentials is true, which is not ' +
      'written for each; here an origin gets in with its visitors\' cookies'],
    [methods.length > 0 && !methods.includes('*'),
      `Spring lets in the methods that are listed (${quote(methods)}); here the list says nothing of methods`],
    [profiles.length > 0, `In Spring it holds only where ${quote(profiles)} is active; here it always holds`],
    [isLater, 'In Spring the lists of a later YAML document replace those of earlier ones; here they are united']
  ]
  return rows.filter(([applies]) => applies).map(([, sentence]) => sentence)
}

/** More than these tell nobody more. */
const MAX_QUOTED = 10

function quote (texts: readonly string[]): string {
  const different = [...new Set(texts)]
  return [...different.slice(0, MAX_QUOTED), ...different.length > MAX_QUOTED ? ['…'] : []].join(', ')
}
