import { fileURLToPath } from 'node:url'
import { answer } from './channel.js'
import { startProcess, type Running } from './process.js'

/** What a program of ours can be asked: a function for each question. `never` lets each take what it will. */
export type Questions = Readonly<Record<string, (args: never) => unknown>>

/** Such a program, in a process of its own. */
export interface Child<Q extends Questions> extends Omit<Running, 'ask'> {
  /** One question at a time. Rejects when the program fails, ends, or takes longer than a minute, or this. */
  ask: <K extends keyof Q & string>(
    question: K, args: Parameters<Q[K]>[0], timeoutMs?: number
  ) => Promise<Awaited<ReturnType<Q[K]>>>
}

/** Starts the compiled program at `path` (relative to dist/bench), which has to call `answerParent`. */
export async function startChild<Q extends Questions> (
  path: string, core: number | undefined
): Promise<Child<Q>> {
  const running = await startProcess({
    name: path,
    command: process.execPath,
    args: [fileURLToPath(new URL(path, import.meta.url))],
    core,
    ready: /^ready$/m,
    answers: true
  })
  return { ...running, ask: (question, args, timeoutMs) => running.ask({ question, args }, timeoutMs) }
}

/** In the program: answers by these functions until whoever started it is gone. */
export function answerParent (questions: Questions): void {
  answer(async ({ question, args }: { question: string, args: never }) => await questions[question]?.(args))
  process.stdout.write('ready\n')
}
