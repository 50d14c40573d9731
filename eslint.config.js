import neostandard from 'neostandard'

/** The pure rooms: no Fastify, no sockets, no clock; `node:crypto` alone is let in. */
const pureRooms = ['src/{origin,import,sockjs,balancing,upstream,http}/**']
const notInPureRooms = [
  'fastify', 'fastify-plugin', '@fastify/*', '!@fastify/error', 'undici', 'node:*', '!node:crypto',
  '**/plugins/**', '**/routes/**', '**/proxy/**'
]

export default [
  ...neostandard({ ts: true, ignores: ['**/dist/**', '.tap/**', '**/target/**', 'src/demo/public/**'] }),
  {
    rules: {
      '@stylistic/max-len': ['error', { code: 110, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
      'max-lines': ['error', { max: 350 }]
    }
  },
  { files: ['test/**'], rules: { 'max-lines': 'off' } },
  { files: ['src/**', 'plugins/**', 'routes/**'], rules: { '@typescript-eslint/no-explicit-any': 'error', '@typescript-eslint/no-non-null-assertion': 'error' } },
  { files: pureRooms, rules: { 'no-restricted-imports': ['error', { patterns: notInPureRooms }] } },
  { files: ['plugins/**'], rules: { 'no-restricted-imports': ['error', { patterns: ['./*', '**/routes/**'] }] } },
  { files: ['src/**'], ignores: ['src/app.ts', 'src/admin.ts', 'src/gate.ts', 'src/server.ts', ...pureRooms], rules: { 'no-restricted-imports': ['error', { patterns: ['**/plugins/**', '**/routes/**'] }] } }
]
