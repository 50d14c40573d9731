import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { part } from '../../helper/full-stack.js'

t.setTimeout(240_000)

t.test('npm run build checks and builds the page in a directory of its own, as a reader would copy it', async t => {
  const { installPage } = await part('parts/page.js')
  const { runChild } = await part('parts/child.js')
  await installPage()
  const copy = await mkdtemp(join(tmpdir(), 'gatehouse-react-client-')) // no package of this repository is near
  t.teardown(() => rm(copy, { recursive: true, force: true }))
  await cp('examples/react-client', copy, {
    recursive: true, verbatimSymlinks: true, filter: source => source !== 'examples/react-client/dist'
  })
  const said: string = await runChild({
    name: 'npm run build',
    command: 'npm',
    args: ['run', 'build'],
    cwd: copy,
    env: { ...process.env, NODE_OPTIONS: '', VITE_STOMP_URL: 'https://api.example.com/stomp/ws-stomp' },
    timeoutMs: 120_000,
    install: 'https://nodejs.org'
  })
  t.match(said, /tsc && vite build/)
  t.ok((await readdir(join(copy, 'dist'))).includes('index.html'))
})
