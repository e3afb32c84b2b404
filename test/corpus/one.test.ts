import { testPairsOnDebian13 } from './inside.js'
import { pairs } from './pairs/index.js'

testPairsOnDebian13(
  'test/corpus/one.test.ts',
  pairs.filter((_, at) => at % 2 === 0),
)
