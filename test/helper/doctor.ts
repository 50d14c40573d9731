import type { Check, Finding } from '../../src/doctor/finding.js'
import { examineHop, type Hop, type Visit } from '../../src/doctor/hop.js'
import { diagnose, type Diagnosis } from '../../src/doctor/verdict.js'

/** The page of the doctor's tests. */
export const PAGE = 'http://localhost:3000'

/** What one hop answers to a page: all findings, and those of one check. */
export interface Examined {
  all: Finding[]
  of: (check: Check) => Finding
}

/** Examines one URL as a page on PAGE would. */
export async function examine (url: string, visit: Partial<Visit> = {}): Promise<Examined> {
  const all = await examineHop(hop('public', url), {
    // What the tests' servers end, they end in the turn they opened it.
    origin: PAGE, timeoutMs: 5_000, settleMs: 25, insecure: false, ...visit
  })
  const of = (check: Check) => {
    const finding = all.find(each => each.check === check)
    if (finding === undefined) throw new Error(`${check} was not asked: ${JSON.stringify(all, null, 2)}`)
    return finding
  }
  return { all, of }
}

/** Examines a public URL and, asked directly, one instance behind it. */
export async function diagnosePair (publicUrl: string, instanceUrl: string): Promise<Diagnosis> {
  const [front, instance] = await Promise.all([examine(publicUrl), examine(instanceUrl)])
  return diagnose([
    { ...hop('public', publicUrl), findings: front.all }, { ...hop('instance', instanceUrl), findings: instance.all }
  ], PAGE)
}

/** A hop named after its kind. */
export function hop (kind: Hop['kind'], url: string): Hop {
  return { name: kind, kind, url }
}
