import { readFileSync } from 'node:fs'

/** A line of a Dockerfile: `words` are those of `text`, which is what stands behind the keyword. */
export interface Instruction { keyword: string, text: string, words: string[] }

/** A stage of a Dockerfile; `name` is what `COPY --from` calls it. */
export interface Stage { image: string, name: string | undefined, instructions: Instruction[] }

/**
 * Splits a Dockerfile into its stages, and these into lines. It knows comments and continued lines, but no
 * here-documents, no quotes and no variables.
 */
export function readDockerfile (file: string): Stage[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, '')
  const stages: Stage[] = []
  for (const line of text.split('\n').filter(line => line.trim() !== '')) {
    const [keyword = '', ...words] = line.trim().split(/\s+/)
    const stage = stages.at(-1)
    if (keyword === 'FROM') stages.push({ image: words[0] ?? '', name: words[2], instructions: [] })
    else if (stage === undefined) throw new Error(`${file}: ${line} stands before FROM`)
    else stage.instructions.push({ keyword, text: words.join(' '), words })
  }
  return stages
}
