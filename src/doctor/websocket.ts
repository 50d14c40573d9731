import { explainFailure } from './failure.js'
import { troubled, type Finding, type Trouble } from './finding.js'
import { withContrast, type Asked } from './info.js'
import { printable } from '../origin/printable.js'
import type { WebsocketOutcome } from './probe-websocket.js'
import { explainRefusal, readGatehouseError } from './refusal.js'

/** Answers that Upgrade earns only when somebody on the way took it out. */
const WITHOUT_UPGRADE = new Set([200, 400, 405, 426])

/**
 * Judges an upgrade of a page on this origin: the SockJS open frame is what it takes. `opensWithout` asks the
 * same without Origin, where a refusal calls for it: Spring's handshake interceptor refuses without words.
 */
export async function judgeWebsocket (
  asked: Asked, outcome: WebsocketOutcome, opensWithout: () => Promise<boolean>
): Promise<Finding> {
  if (outcome.kind === 'opened') {
    return { severity: 'ok', check: 'websocket', code: 'ok', message: '101 and the open frame' }
  }
  if (outcome.kind === 'answer' && readGatehouseError(outcome.body)?.code === 'ERR_TRANSPORT_DISABLED') {
    return switchedOff('SOCKJS_TRANSPORTS of the gateway does not name it')
  }
  const trouble = explain(asked, outcome)
  const isContrast = trouble.code === 'refused' && await opensWithout()
  return troubled('websocket', 'fault', isContrast ? withContrast(trouble) : trouble)
}

/** What stands there when the service has no WebSocket to offer; clients then use xhr. */
export function switchedOff (why: string): Finding {
  return troubled('websocket', 'note', {
    code: 'switched-off',
    message: `the WebSocket transport is switched off: ${why}`,
    mend: 'switch it on if that was not meant: xhr costs more of everything'
  })
}

function explain (
  { url, origin, timeoutMs }: Asked, outcome: Exclude<WebsocketOutcome, { kind: 'opened' }>
): Trouble {
  switch (outcome.kind) {
    case 'failure': return explainFailure(outcome, url, timeoutMs)
    case 'closed': {
      const reason = outcome.reason === '' ? '' : ` "${printable(outcome.reason)}"`
      return closedAfter101(`with ${outcome.code}${reason}`, outcome.hasOpened)
    }
    case 'frame': return outcome.text.startsWith('c[')
      ? closedAfter101(`by the SockJS frame ${printable(outcome.text)}`, outcome.hasOpened)
      : noOpenFrame(outcome.isBinary)
    case 'silent': return {
      code: 'silent-after-101',
      message: `101, but no open frame in ${timeoutMs} ms: bytes do not pass`,
      mend: 'whoever answered 101 does not join the connection to an instance: use a proxy that tunnels both ways'
    }
    case 'answer': {
      // Gatehouse answers 400 and 426 for reasons of its own, and says which.
      const isDropped = WITHOUT_UPGRADE.has(outcome.status) && readGatehouseError(outcome.body) === undefined
      if (isDropped) return upgradeDropped(outcome.status)
      // No other answer of 2xx can follow an upgrade that was seen.
      return explainRefusal(outcome, { url, origin }) ?? upgradeDropped(outcome.status)
    }
  }
}

function noOpenFrame (isBinary: boolean): Trouble {
  return {
    code: 'no-open-frame',
    message: isBinary
      ? '101, but the first frame is binary: SockJS speaks in text frames, and sockjs-client reads no others'
      : '101, but the first frame is not the SockJS open frame "o"',
    mend: 'this WebSocket is no SockJS endpoint: check the path'
  }
}

function closedAfter101 (how: string, hasOpened: boolean): Trouble {
  if (hasOpened) {
    return {
      code: 'closed-after-101',
      message: `101 and the open frame, then closed ${how} at once: the page's connection ends as soon as it is there`,
      mend: 'the log of the instance tells why it ends its sessions; if it does not know of them, a proxy on the way ' +
        'cuts tunnels off: ask the instance itself (--instance)'
    }
  }
  return {
    code: 'closed-after-101',
    message: `101, then closed ${how} before the open frame: sockjs-client does not fall back after a 101`,
    mend: 'somebody answered 101 before asking the instance, or the instance refuses after its own 101: refuse ' +
      'with an HTTP status instead, and use a proxy that dials first, as Gatehouse does'
  }
}

function upgradeDropped (status: number): Trouble {
  return {
    code: 'upgrade-dropped',
    message: `${status} to an upgrade: the Upgrade header is lost on the way, so the service saw a plain GET`,
    mend: 'pass it on; in nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; ' +
      'proxy_set_header Connection "upgrade";'
  }
}
