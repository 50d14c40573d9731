import type { Scenario } from '../scenario.js'
import { chat9000 } from './chat-9000.js'
import { echo } from './echo.js'
import { fanOut } from './fan-out.js'
import { handshake } from './handshake.js'
import { idleTunnel } from './idle-tunnel.js'
import { info } from './info.js'
import { originDecision } from './origin-decision.js'
import { soak } from './soak.js'
import { start } from './start.js'
import { workers } from './workers.js'

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  info, workers, start, echo, fanOut, handshake, idleTunnel, chat9000, soak, originDecision
]
