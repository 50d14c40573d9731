import { createServer } from 'node:net'

// The program of a worker of a cluster: answers each connection with its WORKER_NAME. After any message it
// listens no more, and lives on.
const { WORKER_NAME: name = '' } = process.env
const server = createServer(socket => {
  socket.on('error', () => {})
  socket.end(name)
}).listen(0, '127.0.0.1')
process.once('message', () => server.close())
