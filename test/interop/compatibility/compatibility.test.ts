import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { listen } from '../../helper/build.js'
import { otherVersions } from './difference.js'
import { LISTED, type Feature, type Target } from './feature.js'
import { AREAS } from './features/index.js'
import { judge } from './judge.js'
import { renderTable, type Table } from './render.js'
import { runAll, tryFeature, type Result } from './run.js'
import { startServers, type Server } from './servers.js'

t.setTimeout(230_000)

const PAGE = 'docs/compatibility.md'
const COMMAND = 'WRITE_COMPATIBILITY=1 npm run test:interop'
const ALL_DOORS = 'websocket,xhr,xhr_send,xhr_streaming,eventsource,jsonp,jsonp_send,htmlfile,iframe'
const FEATURES = AREAS.flatMap(({ features }) => features)

const servers = await startServers(t)
const results = new Map<Server, Map<Feature, Result>>()

type Place = Omit<Target, 'signal'>

/** What a probe is told: `root` is the way, `headers` stand on each request. */
function placeAt (server: Server, root: string, headers: Record<string, string> = {}): Place {
  const { endpoint, socket, login } = server
  return { url: root + endpoint, root, socketUrl: (root + socket).replace('http', 'ws'), headers, login }
}

await Promise.all(servers.map(async server => {
  const settings = { STOMP_UPSTREAMS: server.url, ALLOWED_ORIGINS: LISTED }
  const asInstalled = await listen(t, settings)
  const opened = await listen(t, { ...settings, SOCKJS_TRANSPORTS: ALL_DOORS })
  const direct = placeAt(server, server.url)
  const [shut, open] = [asInstalled, opened].map(({ url }) => placeAt(server, `${url}/stomp`, { origin: LISTED }))
  const found = new Map<Feature, Result>()
  results.set(server, found)
  const jobs = FEATURES.filter(({ needs }) => needs !== 'sockjs' || server.speaksSockjs).map(feature => ({
    feature,
    run: async () => {
      const gateway = (feature.opened === true ? open : shut) as Place
      const [one, other] = await Promise.all([tryFeature(feature, direct), tryFeature(feature, gateway)])
      found.set(feature, { direct: one, through: other })
    }
  }))
  const waiting = jobs.filter(({ feature }) => feature.slow)
  const heavy = jobs.filter(({ feature }) => feature.heavy)
  const others = jobs.filter(job => !waiting.includes(job) && !heavy.includes(job))
  await Promise.all([...waiting.map(job => job.run()), runAll(others)])
  for (const job of heavy) await job.run()
}))

for (const server of servers) {
  t.test(`${server.title}: what works directly works through the gateway`, async t => {
    for (const [feature, result] of results.get(server)!) {
      t.comment(feature.name, JSON.stringify(result))
      t.strictSame(judge(feature, server.kind, result), [], feature.name)
    }
  })
}

t.test(`${PAGE} is what this run found; ${COMMAND} writes it`, async t => {
  const table: Table = {
    servers: servers.map(({ title }) => title),
    areas: AREAS.map(({ title, features }) => ({
      title,
      rows: features.map(feature => ({
        name: feature.name,
        note: feature.note,
        cells: servers.map(server => {
          const result = results.get(server)!.get(feature)
          return result && { direct: result.direct.works, through: result.through.works }
        })
      }))
    }))
  }
  const page = renderTable(table)
  if (process.env.WRITE_COMPATIBILITY === '1') writeFileSync(PAGE, page)
  const kept = readFileSync(PAGE, 'utf8')
  const versions = otherVersions(kept, page)
  if (versions === undefined) t.equal(kept, page, `differs: ${COMMAND} writes it`)
  else t.fail(`nothing but versions differs, ${PAGE} -> this machine: ${versions.join(', ')}. ${COMMAND} writes the page`)
})
