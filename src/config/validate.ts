import envSchema from 'env-schema'
import { quote, type Fault } from './faults.js'
import { nearest } from './nearest.js'
import { describeRange } from './range.js'
import { settingsSchema, type SettingName, type Settings } from './schema.js'

/** The names of all settings, in the order of the schema. */
export const SETTING_NAMES = Object.keys(settingsSchema.properties) as readonly SettingName[]

/** Texts by setting name; a name that is not there is not set. */
export type GivenSettings = Readonly<Partial<Record<SettingName, string>>>

/**
 * The typed settings and a fault for each row the schema refuses. A refused row then holds its default, so
 * that the checks that follow can run and every fault is told at once.
 */
export function validateSettings (given: GivenSettings): { settings: Settings, faults: readonly Fault[] } {
  const refused = new Set(findRefused(given))
  const accepted = Object.fromEntries(Object.entries(given).filter(([name]) => !refused.has(name)))
  const settings = envSchema<Settings>({ schema: settingsSchema, data: { ...accepted }, env: false })
  const faults = SETTING_NAMES.flatMap(name => {
    const value = given[name]
    if (value === undefined || !refused.has(name)) return []
    return [{ setting: name, message: describeRefusal(name, value) }]
  })
  return { settings, faults }
}

function findRefused (given: GivenSettings): readonly string[] {
  try {
    envSchema({ schema: settingsSchema, data: { ...given }, env: false })
    return []
  } catch (error) {
    // env-schema throws an Error that carries Ajv's list; its instancePath is the row, as a JSON pointer.
    const { errors } = error as Error & { errors: ReadonlyArray<{ instancePath: string }> }
    return errors.map(({ instancePath }) => instancePath.slice(1))
  }
}

const SWITCH_WORDS: ReadonlyMap<string, string> = new Map([
  ...['true', 'yes', '1', 'enabled'].map(word => [word, 'on'] as const),
  ...['false', 'no', '0', 'disabled'].map(word => [word, 'off'] as const)
])

/** Ajv's own text is not for people: what is wrong follows from the row's range, the mend from the value. */
function describeRefusal (name: SettingName, value: string): string {
  const row = settingsSchema.properties[name]
  const refusal = `${quote(value)} is not ${describeRange(name)}.`
  if (/^(['"]).*\1$/.test(value)) return `${refusal} Write it without quotes`
  if (row.type === 'string') return `${refusal} Write ${findMeantWord(value, row.enum) ?? 'one of these words'}`
  if (/^\d+\D/.test(value)) return `${refusal} Write digits only, without a unit`
  return `${refusal} Write such a number, or leave it out for ${row.default}`
}

/** `true` means `on`; `warning` begins with `warn`; `stirp` is one swap away from `strip`. */
function findMeantWord (value: string, words: readonly string[]): string | undefined {
  const typed = value.toLowerCase()
  const switched = words.includes('on') ? SWITCH_WORDS.get(typed) : undefined
  return switched ?? nearest(typed, words) ?? words.find(word => typed.startsWith(word))
}
