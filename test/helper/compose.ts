import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

const ROOM = 'examples/full-stack'

/** From where and how a service's image is built. */
export interface Build { context: string, dockerfile: string, args?: Record<string, string> }

/** What docker-compose.yml says of a service, as far as the tests read it. */
export interface Service {
  build: Build
  command?: string[]
  depends_on?: Record<string, { condition: string }>
  environment?: Record<string, string>
  healthcheck?: { test: string[] }
  networks: string[] | Record<string, { ipv4_address?: string } | null>
  ports?: string[]
  volumes?: string[]
}

interface Network { ipam: { config: Array<{ subnet: string, ip_range?: string }> } }

interface Compose {
  services: Record<string, Service>
  networks: Record<string, Network | null>
  volumes: Record<string, null>
}

/** The compose file of the full stack: its path, its text, what it says, where its images are built from. */
export function readCompose () {
  const file = join(ROOM, 'docker-compose.yml')
  const text = readFileSync(file, 'utf8')
  const compose: Compose = parse(text, { merge: true })
  return {
    file,
    text,
    ...compose,
    contextOf: ({ context }: Build) => resolve(ROOM, context),
    dockerfileOf: ({ context, dockerfile }: Build) => resolve(ROOM, context, dockerfile)
  }
}

/** The networks that a service is on; behind each, the address that it has chosen there. */
export function addressesOf ({ networks }: Service): Map<string, string | undefined> {
  if (Array.isArray(networks)) return new Map(networks.map(name => [name, undefined]))
  return new Map(Object.entries(networks).map(([name, settings]) => [name, settings?.ipv4_address]))
}
