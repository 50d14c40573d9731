import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Argument, Command } from 'commander'
import { packageRoot } from '../src/version.js'
import { allowedCores, describeMachine } from './machine.js'
import { peers } from './peers/index.js'
import type { Peer } from './peers/peer.js'
import { stopAll } from './process.js'
import { findProgram } from './program-path.js'
import { figuresOf, type FigureResult, type Results } from './results.js'
import type { Bench } from './scenario.js'
import { scenarios } from './scenarios/index.js'
import { figureTable } from './table.js'

interface Options {
  readonly rounds: number
  readonly smoke: boolean
  readonly scenario?: string
  readonly out?: string
}

const GROUPS = ['all', 'http', 'ws', 'memory', 'origin']
const say = (text: string) => { process.stderr.write(`${text}\n`) }
const work = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))

process.once('SIGINT', async () => await end(130))
process.once('SIGTERM', async () => await end(143))

await new Command('bench')
  .description('CPU and memory of Gatehouse beside other proxies, measured on this machine')
  .addArgument(new Argument('[group]').choices(GROUPS).default('all'))
  .option('--rounds <count>', 'rounds of each figure', Number, 5)
  .option('--scenario <name>', 'only this one')
  .option('--smoke', 'one round of tiny counts: shows that all of it works, and no figures', false)
  .option('--out <directory>', 'where latest.json goes; bench/results when left out, and nowhere for --smoke')
  .action(run)
  .parseAsync()

async function run (group: string, options: Options): Promise<void> {
  try {
    await measure(group, options)
    await end(0)
  } catch (error) {
    say((error as Error).stack ?? String(error))
    await end(1)
  }
}

async function measure (group: string, options: Options): Promise<void> {
  const date = new Date().toISOString()
  const versions = await versionsOf(peers)
  const bench = setUp(options, peers.filter(({ name }) => versions[name] !== null))
  const figures: FigureResult[] = []
  for (const scenario of scenarios) {
    if (group !== 'all' && scenario.group !== group) continue
    if (options.scenario !== undefined && scenario.name !== options.scenario) continue
    say(`${scenario.name}: ${scenario.title}`)
    const measured = await scenario.run(bench).finally(stopAll)
    const found = figuresOf(scenario, measured)
    figures.push(...found)
    process.stdout.write(`${found.map(figureTable).join('\n\n')}\n\n`)
  }
  const command = `node dist/bench/run.js ${process.argv.slice(2).join(' ')}`.trim()
  const machine = describeMachine()
  write(options, { date, command, rounds: bench.rounds, machine, peers: versions, figures })
}

function write ({ out, smoke }: Options, results: Results): void {
  if (smoke && out === undefined) return
  const directory = out ?? join(packageRoot(), 'bench', 'results')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'latest.json'), `${JSON.stringify(results, null, 2)}\n`)
}

function setUp ({ rounds, smoke }: Options, present: readonly Peer[]): Bench {
  const cores = findProgram('taskset') === undefined ? [] : allowedCores()
  const [loadCore, proxyCore] = cores.length < 2 ? [] : [cores[0], cores.at(-1)]
  if (proxyCore === undefined) say('one core, or no taskset: nothing is pinned, the figures are worse for it')
  else execFileSync('taskset', ['-cp', String(loadCore), String(process.pid)], { stdio: 'ignore' })
  return {
    peers: present,
    rounds: smoke ? 1 : rounds,
    size: (full, few) => smoke ? few : full,
    proxyCore,
    loadCore,
    directory: () => mkdtempSync(join(work, 'peer-')),
    say
  }
}

async function versionsOf (all: readonly Peer[]): Promise<Record<string, string | null>> {
  const versions: Record<string, string | null> = {}
  for (const { name, version, install } of all) {
    versions[name] = await version() ?? null
    if (versions[name] === null) say(`${name} is not on this machine and is left out${install === undefined ? '' : `: ${install}`}`)
  }
  return versions
}

async function end (code: number): Promise<never> {
  await stopAll()
  rmSync(work, { recursive: true, force: true })
  process.exit(code)
}
