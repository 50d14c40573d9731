import type { Scenario } from '../scenario.js'
import { info } from './info.js'

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [info]
