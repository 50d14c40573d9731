import t from 'tap'
import { testSpring } from './suite.js'

await testSpring(t, '4')
