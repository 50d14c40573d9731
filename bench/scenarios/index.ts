import type { Scenario } from '../scenario.js'
import { echo } from './echo.js'
import { fanOut } from './fan-out.js'
import { handshake } from './handshake.js'
import { info } from './info.js'

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [info, echo, fanOut, handshake]
