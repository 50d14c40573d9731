import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { INSPECTED, inspectorUrl, reachableMiB } from '../../../bench/inspector.js'

const PROGRAM = `
  const kept = []
  process.stdin.on('data', line => {
    const array = new Array(2_500_000).fill(0.5) // 20 MB
    if (String(line) === 'keep') kept.push(array)
    process.stdout.write('done')
  })`

t.test('tells what a process keeps, and not what it has let go', async t => {
  const child = spawn(process.execPath, ['-e', PROGRAM], { env: { NODE_OPTIONS: INSPECTED }, stdio: 'pipe' })
  t.teardown(() => child.kill())
  let output = ''
  child.stderr.on('data', chunk => { output += String(chunk) })
  while (!output.includes('ws://')) await once(child.stderr, 'data')
  const url = inspectorUrl(output)
  const after = async (word: string) => {
    child.stdin.write(word)
    await once(child.stdout, 'data')
    return await reachableMiB(url)
  }
  const begun = await reachableMiB(url)
  t.ok(Math.abs(await after('drop') - begun) < 5)
  t.ok(await after('keep') - begun > 15)
  t.ok(await after('keep') - begun > 30)
})

t.test('says so when a process is not inspected', async t => {
  t.throws(() => inspectorUrl('{"msg":"listening"}'), { message: /not inspected/ })
})
