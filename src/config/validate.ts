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
  const faults: Fault[] = []
  const values = SETTING_NAMES.map(name => {
    const byDefault = settingsSchema.properties[name].default
    const text = given[name]
    if (text === undefined) return [name, byDefault]
    const value = readValue(name, text)
    if (value === undefined) faults.push({ setting: name, message: describeRefusal(name, text) })
    return [name, value ?? byDefault]
  })
  return { settings: Object.fromEntries(values) as Settings, faults }
}

/** The value of a row, or undefined when the row refuses the text. */
function readValue (name: SettingName, text: string): string | number | undefined {
  const row = settingsSchema.properties[name]
  if (row.type === 'integer') {
    const value = Number(text)
    return Number.isInteger(value) && value >= row.minimum && value <= row.maximum ? value : undefined
  }
  return row.enum?.includes(text) !== false ? text : undefined
}

const SWITCH_WORDS: ReadonlyMap<string, string> = new Map([
  ...['true', 'yes', '1', 'enabled'].map(word => [word, 'on'] as const),
  ...['false', 'no', '0', 'disabled'].map(word => [word, 'off'] as const)
])

/** What is wrong follows from the row's range, the mend from the value. */
function describeRefusal (name: SettingName, value: string): string {
  const row = settingsSchema.properties[name]
  const refusal = `${quote(value)} is not ${describeRange(name)}.`
  if (/^(['"]).*\1$/.test(value)) return `${refusal} Write it without quotes`
  if (row.type === 'string') { // a choice: other texts are refused by no row
    return `${refusal} Write ${findMeantWord(value, row.enum as readonly string[]) ?? 'one of these words'}`
  }
  if (/^\d+\D/.test(value)) return `${refusal} Write digits only, without a unit`
  return `${refusal} Write such a number, or leave it out for ${row.default}`
}

/** `true` means `on`; `warning` begins with `warn`; `stirp` is one swap away from `strip`. */
function findMeantWord (value: string, words: readonly string[]): string | undefined {
  const typed = value.toLowerCase()
  const switched = words.includes('on') ? SWITCH_WORDS.get(typed) : undefined
  return switched ?? nearest(typed, words) ?? words.find(word => typed.startsWith(word))
}
