import { numberedMessage } from './numbered-message.js'
import type { Tunnel } from './tunnel.js'

/**
 * Has the backend send `turns` messages of `bytes` bytes to all tunnels, each once all of them have the one
 * before. `control` is a tunnel to the backend's /broadcast.
 * @throws Error (rejects) when a tunnel gets anything but each message once, in order
 */
export async function fanOut (
  control: Tunnel, tunnels: readonly Tunnel[], turns: number, bytes: number
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let turn = 0
    let missing = tunnels.length
    let sent = numberedMessage(bytes, 0, turn)
    const got = tunnels.map(() => 0)
    const receive = (index: number) => (payload: Buffer) => {
      if (got[index] !== turn || !payload.equals(sent)) throw new Error(`tunnel ${index}: not turn ${turn}: ${payload}`)
      got[index] = turn + 1
      missing -= 1
      if (missing > 0) return
      turn += 1
      if (turn === turns) return resolve()
      missing = tunnels.length
      sent = numberedMessage(bytes, 0, turn)
      control.send(sent)
    }
    control.onFailure = reject
    for (const [index, tunnel] of tunnels.entries()) {
      tunnel.onFailure = reject
      tunnel.onMessage = receive(index)
    }
    control.send(sent)
  })
}
