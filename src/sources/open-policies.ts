import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Config } from '../config/load.js'
import { compileOwnOrigins } from '../origin/decide.js'
import { LivePolicy } from '../origin/live-policy.js'
import type { EntryVerdict } from '../origin/entry.js'
import { harmlessLines } from '../origin/printable.js'
import { describeFaults, type PolicyEvent } from '../origin/source-state.js'
import { createSources } from './create.js'
import type { SourceLog } from './options.js'

/** The policy that is enforced, and the one that is only tried. */
export interface OriginPolicies { readonly live: LivePolicy, readonly candidate: LivePolicy | undefined }

/** ORIGIN_START=fail: a source has no good list, so it is not known whom to let in. */
export class OriginStartError extends Error {
  override readonly name = 'OriginStartError'
}

/**
 * Opens the sources of ORIGIN_POLICY and ORIGIN_POLICY_CANDIDATE and reads each once. A candidate that cannot
 * be read stops nothing.
 * @throws OriginStartError when ORIGIN_START is `fail` and a source of ORIGIN_POLICY gave nothing good
 */
export async function openPolicies (config: Config, log: SourceLog): Promise<OriginPolicies> {
  const live = await createPolicy(config, config.originSources, log)
  const candidate = config.originCandidate.length === 0
    ? undefined
    : await createPolicy(config, config.originCandidate, inTrial(log))
  await Promise.all([live.start(), candidate?.start()])
  const missing = live.sources().filter(({ holds }) => holds === 'nothing')
  if (missing.length > 0 && config.ORIGIN_START === 'fail') {
    await Promise.all([live.close(), candidate?.close()])
    throw new OriginStartError(missing.map(({ name, error }) => `'${name}': ${error?.message}`).join('\n'))
  }
  for (const { name } of missing) log.error({ source: name }, 'origin source has no list yet, all it may allow is refused')
  return { live, candidate }
}

async function createPolicy (
  config: Config, specs: Config['originSources'], log: SourceLog
): Promise<LivePolicy> {
  return new LivePolicy({
    sources: await createSources(specs, {
      pollMs: config.ORIGIN_POLL_MS,
      fetchTimeoutMs: config.ORIGIN_FETCH_TIMEOUT_MS,
      redisKey: config.ORIGIN_REDIS_KEY,
      log
    }),
    own: compileOwnOrigins(config.publicOrigins).allowList,
    missingOnUpgrade: config.MISSING_ORIGIN_ON_UPGRADE,
    listName: specs.some(({ name }) => name === 'env') ? 'ALLOWED_ORIGINS' : 'the list that ORIGIN_POLICY names',
    now: Date.now,
    pause: async () => { await setImmediate() },
    rest: async ms => { await setTimeout(ms) },
    // What the settings say once and for all is no news.
    onEvent: specs.every(({ kind }) => kind === 'list') ? () => {} : eventLogger(log, config.allowedOrigins)
  })
}

/** Lines about the candidate are told apart by a field. */
function inTrial (log: SourceLog): SourceLog {
  const tell = (level: keyof SourceLog) => (facts: object, message: string) =>
    log[level]({ ...facts, candidate: true }, message)
  return { info: tell('info'), warn: tell('warn'), error: tell('error') }
}

/** Of more doubtful entries at once, nobody reads each. */
const DOUBTS_TOLD = 20

/** `known` are entries whose doubts are told with the settings. */
function eventLogger (log: SourceLog, known: readonly string[]): (event: PolicyEvent) => void {
  let doubtful = new Set(known)
  let isLoaded = false
  const tellDoubts = (warnings: readonly EntryVerdict[]) => {
    const fresh = warnings.filter(({ entry }) => !doubtful.has(entry)).slice(0, DOUBTS_TOLD)
    for (const { entry, messages } of fresh) log.warn({ entry, doubts: messages }, 'origin entry is doubtful')
    doubtful = new Set([...known, ...warnings.map(({ entry }) => entry)])
  }
  return event => {
    if (event.kind === 'changed') {
      log.info(event.change, isLoaded ? 'origin list changed' : 'origin list loaded')
      isLoaded = true
      tellDoubts(event.warnings)
    } else if (event.kind === 'refused') {
      const { source, faults } = event
      log.error({ source, bad: faults.length, cause: describeFaults(faults) }, 'origin change refused')
    } else if (event.kind === 'failed') {
      log.error({ source: event.source, cause: harmlessLines(event.error.message) }, 'origin source failed')
    } else log.info({ source: event.source }, 'origin source recovered')
  }
}
