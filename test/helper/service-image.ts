import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { readCompose, type Service } from './compose.js'
import { replayBuild, type Image } from './image-build.js'
import { IMAGE_COMMANDS } from './image-commands.js'

/**
 * The image of a service, built without Docker. It is not below this repository, whose packages it must not
 * find; all users may read it; it goes with the test.
 */
export function serviceImage (t: Test, { build }: Service): Image {
  const { contextOf, dockerfileOf } = readCompose()
  const into = mkdtempSync(join(tmpdir(), 'gatehouse-image-'))
  t.teardown(() => rm(into, { recursive: true, force: true }))
  const image = replayBuild({
    context: contextOf(build),
    dockerfile: dockerfileOf(build),
    args: build.args ?? {},
    runs: IMAGE_COMMANDS,
    into
  })
  for (const directory of [into, image.root]) chmodSync(directory, 0o755)
  return image
}
