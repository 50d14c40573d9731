import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Argument, Command } from 'commander'
import { allowedCores, describeMachine } from './machine.js'
import { describeOutcome, type Outcome } from './outcome.js'
import { peers } from './peers/index.js'
import type { Peer } from './peers/peer.js'
import { startNoMore, stopAll } from './process.js'
import { findProgram } from './program-path.js'
import { figuresOf, type FigureResult } from './results.js'
import type { Bench, Scenario } from './scenario.js'
import { scenarios } from './scenarios/index.js'
import { figureTable } from './table.js'
import { COMMITTED, writeResults, type Destination } from './write-results.js'

interface Options {
  readonly rounds: number
  readonly smoke: boolean
  readonly scenario?: string
  readonly out?: string
  readonly chart?: string
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
  .option('--out <directory>', 'where latest.json goes; for a whole run bench/results, else nowhere')
  .option('--chart <file>', 'where the SVG goes; for a whole run docs/performance.svg, else nowhere')
  .action(run)
  .parseAsync()

async function run (group: string, options: Options): Promise<void> {
  try {
    const outcome = await measure(group, options)
    process.stdout.write(`${describeOutcome(outcome)}\n`)
    await end(Object.values(outcome).every(failure => failure === undefined) ? 0 : 1)
  } catch (error) {
    say((error as Error).stack ?? String(error))
    await end(1)
  }
}

/** One scenario that fails does not take the figures of the others with it. */
async function measure (group: string, options: Options): Promise<Outcome> {
  const date = new Date().toISOString()
  const machine = describeMachine() // before this process is pinned to one core of it
  const versions = await versionsOf(peers)
  const bench = setUp(options, peers.filter(({ name }) => versions[name] !== null))
  const figures: FigureResult[] = []
  const outcome: Record<string, string | undefined> = {}
  let isComplete = true
  for (const scenario of scenarios) {
    if (group !== 'all' && scenario.group !== group) continue
    if (options.scenario !== undefined && scenario.name !== options.scenario) continue
    say(`${scenario.name}: ${scenario.title}`)
    try {
      const measured = await scenario.run(bench).finally(stopAll)
      const found = figuresOf(options.smoke ? withoutBars(scenario) : scenario, measured)
      figures.push(...found)
      process.stdout.write(`${found.map(figureTable).join('\n\n')}\n\n`)
      outcome[scenario.name] = brokenBar(scenario, found)
    } catch (error) {
      isComplete = false
      outcome[scenario.name] = (error as Error).stack ?? String(error)
      say(`${scenario.name} failed: ${outcome[scenario.name]}`)
    }
  }
  const command = `node dist/bench/run.js ${process.argv.slice(2).join(' ')}`.trim()
  const results = { date, command, rounds: bench.rounds, machine, peers: versions, figures }
  if (!isComplete) say('not everything worked: the figures are written only where --out and --chart say')
  await writeResults(results, destination(isComplete ? group : undefined, options), bench.directory())
  return outcome
}

/** Of the bars that are no mere figures. */
function brokenBar (scenario: Scenario, found: readonly FigureResult[]): string | undefined {
  const required = scenario.figures.filter(({ isRequired }) => isRequired).map(({ name }) => name)
  const broken = found.filter(({ name, bars }) =>
    required.includes(name) && bars.some(({ verdict }) => verdict === 'not met'))
  return broken.length === 0 ? undefined : `not met: ${broken.map(({ title }) => title).join('; ')}`
}

/** Figures of a smoke run mean nothing, and are not judged. */
function withoutBars (scenario: Scenario): Scenario {
  return { ...scenario, figures: scenario.figures.map(figure => ({ ...figure, bars: [] })) }
}

/** A part of it, or a smoke run, must not replace the results of a whole one: it writes where it is told. */
function destination (group: string | undefined, { out, chart, smoke, scenario }: Options): Destination {
  const isWhole = group === 'all' && !smoke && scenario === undefined
  const otherwise = isWhole ? COMMITTED : { out: undefined, chart: undefined, page: undefined }
  return { out: out ?? otherwise.out, chart: chart ?? otherwise.chart, page: otherwise.page }
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
  startNoMore()
  await stopAll()
  rmSync(work, { recursive: true, force: true })
  process.exit(code)
}
