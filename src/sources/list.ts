import type { OriginSink, OriginSource } from '../origin/policy.js'

/** Entries that stand in a setting: delivered once, and again on every reload. */
export function createListSource (
  { name, entries }: { readonly name: string, readonly entries: readonly string[] }
): OriginSource {
  let sink: OriginSink | undefined
  const deliver = async () => await sink?.deliver(entries)
  return {
    name,
    open: async given => {
      sink = given
      await deliver()
    },
    reload: deliver,
    close: async () => { sink = undefined }
  }
}
