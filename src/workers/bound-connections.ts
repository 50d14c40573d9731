import type { Server } from 'node:net'

/**
 * Closes connections beyond `most` unanswered, as `server.maxConnections` does in a process of its own. In a
 * worker that one would harm: what a full worker refuses, Node's primary offers to the next, round and round
 * without a pause while all are full.
 */
export function boundConnections (server: Server, most: number): void {
  server.maxConnections = Infinity
  let open = 0
  server.on('connection', socket => {
    if (open >= most) {
      socket.destroy()
      return
    }
    open++
    socket.once('close', () => { open-- })
  })
}
