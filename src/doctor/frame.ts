import type { Answer } from './answer.js'
import type { Trouble } from './finding.js'
import { printable } from '../origin/printable.js'

/** What there is to say of a body that has a SockJS close frame at the start of a line. */
export function findClosing (body: string): Trouble | undefined {
  const [, frame] = /(?:^|[\r\n])(?:data: ?)?(c\[[^\r\n]*)/.exec(body) ?? []
  if (frame === undefined) return undefined
  return {
    code: 'session-closed',
    message: `the SockJS close frame ${printable(frame)}: the session ends as soon as it is there`,
    mend: 'the log of the instance tells why it ends its sessions; if it does not know of them, something on the way ' +
      'answers in its place: ask the instance itself (--instance)'
  }
}

/** What there is to say of an answer without the SockJS open frame. */
export function noOpenFrame ({ ended }: Answer, timeoutMs: number): Trouble {
  return {
    code: 'no-open-frame',
    message: ended === 'time-out'
      ? `an answer, but no open frame in ${timeoutMs} ms`
      : 'an answer, but the SockJS open frame "o" is not in it',
    mend: 'ask the instance itself (--instance): a proxy may hold the answer back or answer in its place'
  }
}
