import { fileURLToPath } from 'node:url'
import { startProcess, type Running } from '../process.js'

/** The backend of all scenarios (see chat.ts), on a free port. */
export interface Chat extends Running {
  /** How many tunnels are open, once no more than `atMost` are, or `withinMs` have passed. */
  readonly openTunnels: (atMost: number, withinMs: number) => Promise<number>
}

/** Starts it. */
export async function startChat (core: number | undefined): Promise<Chat> {
  const running = await startProcess({
    name: 'backend',
    command: process.execPath,
    args: [fileURLToPath(new URL('./chat.js', import.meta.url))],
    core,
    ready: /^listening on (\d+)$/m,
    answers: true
  })
  return {
    ...running,
    openTunnels: async (atMost, withinMs) => await running.ask<number>({ atMost, withinMs })
  }
}
