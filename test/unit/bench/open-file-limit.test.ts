import t from 'tap'
import { openFileLimit, parseOpenFileLimit } from '../../../bench/open-file-limit.js'

const limits = (soft: string, hard: string) => 'Limit                     Soft Limit           Hard Limit           Units     \n' +
  'Max processes             95000                95001                processes \n' +
  `Max open files            ${soft.padEnd(20)} ${hard.padEnd(20)} files     \n`

t.test('the hard limit counts', async t => {
  t.equal(parseOpenFileLimit(limits('1024', '20000')), 20_000)
  t.equal(parseOpenFileLimit(limits('1024', 'unlimited')), Infinity)
})

t.test('this process has a limit', async t => {
  t.ok(openFileLimit() > 0)
})
