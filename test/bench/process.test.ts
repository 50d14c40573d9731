import t from 'tap'
import { startProcess, stopAll } from '../../bench/process.js'
import { isRunning } from '../../bench/process-tree.js'

t.teardown(stopAll)

const node = (program: string) => ({ name: 'program', command: process.execPath, args: ['-e', program] })

t.test('a process is ready once it says so, counts its CPU time, and ends when told', async t => {
  const running = await startProcess({
    ...node('const until = Date.now() + 200; while (Date.now() < until); console.log("listening on 1234"); setInterval(() => {}, 9e6)'),
    ready: /listening on (\d+)/
  })
  t.equal(running.port, 1234)
  t.ok(running.cpuUs() > 10_000, 'it was busy')
  t.ok(running.memoryKiB() > 10_000)
  t.ok(running.openFiles() > 3)
  t.ok(isRunning(running.pid))
  await running.stop()
  t.notOk(isRunning(running.pid))
  t.throws(() => running.cpuUs(), /program ended/)
  await t.resolves(running.stop(), 'again does no harm')
})

t.test('the processes that it starts count, and end with it, also when they ignore SIGTERM', async t => {
  const child = 'process.on("SIGTERM", () => {}); console.log("up " + process.pid); setInterval(() => {}, 9e6)'
  const running = await startProcess({
    ...node(`require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" })`),
    ready: /up (\d+)/
  })
  const alone = await startProcess({ ...node('console.log("up"); setInterval(() => {}, 9e6)'), ready: /up/ })
  t.ok(running.memoryKiB() > 1.5 * alone.memoryKiB())
  await running.stop()
  t.notOk(isRunning(running.pid))
  t.notOk(isRunning(running.port), 'the child that told its pid as a port')
})

t.test('a program that is missing is named with the line that installs it', async t => {
  await t.rejects(startProcess({ name: 'x', command: 'no-such-proxy', args: [], ready: /x/ }),
    { message: 'no-such-proxy is missing: apt-get install -y no-such-proxy' })
})

t.test('a process that ends early, or says nothing in time, is a failure with its output', async t => {
  await t.rejects(startProcess({ ...node('console.log("oh no"); process.exit(3)'), ready: /up/ }),
    /program: it ended \(3\) before it was ready\noh no/)
  await t.rejects(startProcess({ ...node('setInterval(() => {}, 9e6)'), ready: /up/, timeoutMs: 100 }),
    /program: it was not ready within 100 ms/)
})

t.test('a question to a process that ends is a failure', async t => {
  const running = await startProcess({
    ...node('process.on("message", () => process.exit()); console.log("up")'), ready: /up/, answers: true
  })
  await t.rejects(running.ask({}), /program ended before it answered/)
})
