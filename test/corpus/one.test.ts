import { pairs } from './pairs/index.js'
import { testPairs } from './run.js'

testPairs(pairs.filter((_, at) => at % 2 === 0))
