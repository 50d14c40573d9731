import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { within } from '../helper/within.js'

const SOON_MS = 10_000

/** The end of a jar, which is all of it that is looked at: its list of contents, and where that begins. */
function jarWith (...names: string[]): Buffer {
  const contents = Buffer.concat(names.map(name => {
    const head = Buffer.alloc(46)
    head.writeUInt32LE(0x02014b50)
    head.writeUInt16LE(name.length, 28)
    return Buffer.concat([head, Buffer.from(name)])
  }))
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt32LE(contents.length, 12)
  end.writeUInt32LE(4, 16)
  return Buffer.concat([Buffer.from('data'), contents, end])
}

const CLASSES = jarWith('META-INF/MANIFEST.MF', 'com/example/Chat.class')
const WHOLE = jarWith('META-INF/MANIFEST.MF', 'org/springframework/boot/loader/launch/JarLauncher.class', 'BOOT-INF/')

/** As Maven does: a jar of the classes, then the one that runs in its place. Files tell it what to do. */
const MVN = `#!/bin/sh
bin=$(dirname "$0")
echo begun >> "$bin/log"
call=$(wc -l < "$bin/log")
until_gone () { while [ -e "$bin/$1" ]; do sleep 0.02; done; }
until_gone "no-classes-$call"
mkdir -p target/boot-4
cp "$bin/classes.jar" target/boot-4/spring-chat.jar
touch "$bin/classes-$call"
[ -e "$bin/fails" ] && exit 1
until_gone "no-end-$call"
cp "$bin/whole.jar" target/boot-4/spring-chat.jar
`

/** The parts beside a project of their own, and a Maven that does as told. */
function project (t: Test) {
  const root = t.testdir({
    examples: { 'spring-chat': { 'pom.xml': '', src: { 'Chat.java': '' } } },
    bin: { mvn: MVN, 'classes.jar': CLASSES, 'whole.jar': WHOLE }
  })
  chmodSync(join(root, 'bin/mvn'), 0o755)
  cpSync('examples/full-stack/parts', join(root, 'examples/full-stack/parts'), { recursive: true })
  const target = join(root, 'examples/spring-chat/target')
  const jar = join(target, 'boot-4/spring-chat.jar')
  const spring = pathToFileURL(join(root, 'examples/full-stack/parts/spring.js')).href
  const build = () => {
    const code = `import { buildSpringChat } from '${spring}'; await buildSpringChat()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: 'ignore', env: { ...process.env, NODE_OPTIONS: '', PATH: `${join(root, 'bin')}:${process.env.PATH}` }
    })
    t.teardown(() => { child.kill('SIGKILL') })
    const ended = once(child, 'exit').then(([code]) => code as number | null)
    return { child, ended: within(SOON_MS, 'the end of a build', ended) }
  }
  const told = (file: string) => join(root, 'bin', file)
  const tell = (file: string) => writeFileSync(told(file), '')
  const takeBack = (file: string) => rmSync(told(file))
  const says = (file: string) => until(file, () => existsSync(told(file)))
  const calls = () => existsSync(told('log')) ? readFileSync(told('log'), 'utf8').trim().split('\n').length : 0
  return { target, jar, build, tell, takeBack, says, calls }
}

/** Resolves once this holds. */
async function until (what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + SOON_MS; !holds();) {
    if (Date.now() > end) throw new Error(`${what}: not within ${SOON_MS} ms`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

t.test('a jar that Maven finished is taken, and made once', async t => {
  const { target, jar, build, calls } = project(t)
  t.equal(await build().ended, 0)
  t.same(readFileSync(jar), WHOLE)
  t.same(readdirSync(target), ['boot-4'], 'the copy of the sources has gone')
  t.equal(await build().ended, 0)
  t.equal(calls(), 1)
})

t.test('a build that fails leaves no jar', async t => {
  const { target, jar, build, tell } = project(t)
  tell('fails')
  t.equal(await build().ended, 1)
  t.notOk(existsSync(jar))
  t.same(readdirSync(target), ['boot-4'])
})

t.test('a build that is killed leaves no jar', async t => {
  const { target, jar, build, tell, says } = project(t)
  tell('no-end-1')
  const { child, ended } = build()
  await says('classes-1')
  child.kill('SIGKILL')
  await ended
  await until('its copy of the sources goes', () => readdirSync(target).join() === 'boot-4')
  t.notOk(existsSync(jar))
})

t.test('two builders at once do not spoil the jar of each other', async t => {
  const { jar, build, tell, takeBack, says } = project(t)
  tell('no-classes-1')
  tell('no-end-1')
  const late = build()
  await says('log')
  t.equal(await build().ended, 0)
  t.same(readFileSync(jar), WHOLE)
  takeBack('no-classes-1')
  await says('classes-1')
  t.same(readFileSync(jar), WHOLE, 'while the other is half done')
  takeBack('no-end-1')
  t.equal(await late.ended, 0)
  t.same(readFileSync(jar), WHOLE)
})

t.test('a jar made by hand counts when it is whole and newer than its sources', async t => {
  const cases = [
    ['whole', WHOLE, 0],
    ['of the classes alone, as Maven leaves it when it is interrupted', CLASSES, 1],
    ['cut off', WHOLE.subarray(0, -30), 1],
    ['cut off behind a jar that it holds', Buffer.concat([Buffer.alloc(10), WHOLE]), 1],
    ['ending in something else', Buffer.concat([WHOLE.subarray(0, -22), Buffer.alloc(4), WHOLE.subarray(-18)]), 1],
    ['empty', Buffer.alloc(0), 1]
  ] as const
  for (const [name, bytes, expected] of cases) {
    const { target, jar, build, calls } = project(t)
    mkdirSync(join(target, 'boot-4'), { recursive: true })
    writeFileSync(jar, bytes)
    t.equal(await build().ended, 0, name)
    t.equal(calls(), expected, `${name}: calls of Maven`)
    t.same(readFileSync(jar), WHOLE, name)
  }
})

t.test('a jar that is older than its sources is made again', async t => {
  const { target, jar, build, calls } = project(t)
  mkdirSync(join(target, 'boot-4'), { recursive: true })
  writeFileSync(jar, WHOLE)
  utimesSync(jar, 0, 0)
  t.equal(await build().ended, 0)
  t.equal(calls(), 1)
})
