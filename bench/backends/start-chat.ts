import { fileURLToPath } from 'node:url'
import { startProcess, type Running } from '../process.js'

/** The backend of all scenarios (see chat.ts), on a free port. */
export async function startChat (core: number | undefined): Promise<Running> {
  return await startProcess({
    name: 'backend',
    command: process.execPath,
    args: [fileURLToPath(new URL('./chat.js', import.meta.url))],
    core,
    ready: /^listening on (\d+)$/m,
    answers: true
  })
}
