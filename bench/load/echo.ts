import { numberedMessage } from './numbered-message.js'
import type { Tunnel } from './tunnel.js'

/**
 * Sends `turns` messages of `bytes` bytes over each tunnel, each once the echo of the one before has come.
 * @throws Error (rejects) when an echo is not the very message that was sent, or a tunnel ends
 */
export async function echo (tunnels: readonly Tunnel[], turns: number, bytes: number): Promise<void> {
  await Promise.all(tunnels.map(async (tunnel, sender) => await new Promise<void>((resolve, reject) => {
    let turn = 0
    let sent = numberedMessage(bytes, sender, turn)
    tunnel.onFailure = reject
    tunnel.onMessage = payload => {
      if (!payload.equals(sent)) throw new Error(`tunnel ${sender}: not what was sent in turn ${turn}: ${payload}`)
      turn += 1
      if (turn > turns) throw new Error(`tunnel ${sender}: a message came twice`)
      if (turn === turns) return resolve()
      sent = numberedMessage(bytes, sender, turn)
      tunnel.send(sent)
    }
    tunnel.send(sent)
  })))
}
