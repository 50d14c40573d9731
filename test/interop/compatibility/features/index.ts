import type { Area } from '../feature.js'
import { crossOrigin } from './cross-origin.js'
import { http } from './http.js'
import { java } from './java.js'
import { sessions } from './sessions.js'
import { stomp } from './stomp.js'
import { transports } from './transports.js'
import { websocket } from './websocket.js'

/** All rows, in the order of the table. */
export const AREAS: readonly Area[] = [http, crossOrigin, transports, sessions, websocket, stomp, java]
