/** What became of each scenario: undefined, or why it failed. */
export type Outcome = Readonly<Record<string, string | undefined>>

/** The same as TAP version 14, with the count at its end that tap prints too. */
export function describeOutcome (outcome: Outcome): string {
  const rows = Object.entries(outcome)
  const failed = rows.filter(([, failure]) => failure !== undefined).length
  return [
    ...rows.map(([name, failure], index) => failure === undefined
      ? `ok ${index + 1} - ${name}`
      : `not ok ${index + 1} - ${name}\n${failure.replace(/^/gm, '  # ')}`),
    `1..${rows.length}`,
    `# { total: ${rows.length}, pass: ${rows.length - failed}, fail: ${failed} }`
  ].join('\n')
}
