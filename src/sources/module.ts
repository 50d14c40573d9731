import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import type { OriginPolicy, OriginPolicyFactory, OriginPolicyTools, OriginSource } from '../origin/policy.js'
import type { SourceOptions } from './options.js'
import { PolledSource, type Refresh } from './polled.js'

/** For a module to be loaded and its factory to return; a later policy is taken when it comes. */
const LOAD_MS = 10_000

/**
 * A team's own policy: the default export of an ES module, an OriginPolicyFactory. A module cannot be loaded
 * twice, so reload delivers the same policy again; only a factory that failed is called again.
 */
export function createModuleSource (
  { name, path: given }: { readonly name: string, readonly path: string }, { log }: Pick<SourceOptions, 'log'>,
  loadMs = LOAD_MS
): OriginSource {
  const path = resolve(given)
  const closing = new AbortController()
  let loading: Promise<OriginPolicy> | undefined
  let policy: OriginPolicy | undefined

  async function load (refresh: Refresh): Promise<OriginPolicy> {
    // Before it is delivered there is nothing that could have changed.
    const changed = () => { if (policy !== undefined) refresh('always') }
    try {
      policy = await makePolicy(path, { log: toConsole(log, name), changed, signal: closing.signal })
      refresh() // for a policy that comes too late for the reading that asked for it
      return policy
    } catch (error) {
      loading = undefined
      // Not by the error's code: where loader hooks are at work, it may be lost on its way from their thread.
      throw new Error(!existsSync(path)
        ? `${path} does not exist: create it, or correct the path`
        : `${path}: ${describe(error)}`, { cause: error })
    }
  }

  return new PolledSource({
    name,
    intervalMs: undefined,
    timeoutMs: loadMs,
    timeoutMessage: `${path} gave no policy within ${loadMs} ms: let its default export return sooner`,
    read: async (_signal, refresh) => policy ?? await (loading ??= load(refresh)),
    end: () => closing.abort()
  })
}

async function makePolicy (path: string, tools: OriginPolicyTools): Promise<OriginPolicy> {
  const { default: factory } = await import(pathToFileURL(path).href) as { default?: OriginPolicyFactory }
  if (typeof factory !== 'function') throw new Error('it has no default export that is a function: export one, of type OriginPolicyFactory')
  const policy: Partial<OriginPolicy> | null | undefined = await factory(tools)
  if (typeof policy?.match === 'function') return policy as OriginPolicy
  throw new Error('its default export returned no policy: return an object with a match function')
}

/** Anything can be thrown. */
const describe = (error: unknown): string => error instanceof Error ? error.message : format(error)

function toConsole (log: SourceOptions['log'], source: string): OriginPolicyTools['log'] {
  const line = (level: 'info' | 'warn' | 'error') => (...parts: unknown[]) => {
    log[level]({ source, detail: format(...parts) }, 'origin policy module says')
  }
  return { info: line('info'), warn: line('warn'), error: line('error') }
}
