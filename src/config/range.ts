import { settingsSchema, type SettingName } from './schema.js'

const UNITS: ReadonlyArray<readonly [suffix: string, unit: string]> = [['_MS', ' ms'], ['_BYTES', ' bytes']]

/** What a setting takes, in words: `a whole number from 100 to 60000 ms`, or `one of on, off`. */
export function describeRange (name: SettingName): string {
  const row = settingsSchema.properties[name]
  if (row.type === 'integer') {
    const [, unit = ''] = UNITS.find(([suffix]) => name.endsWith(suffix)) ?? []
    return `a whole number from ${row.minimum} to ${row.maximum}${unit}`
  }
  return row.enum === undefined ? String(row.title) : `one of ${row.enum.join(', ')}`
}
