import { testPairsOnDebian13 } from './inside.js'
import { pairs } from './pairs/index.js'

// The pairs are in two files, so that both cores are busy.
testPairsOnDebian13(
  'test/corpus/two.test.ts',
  pairs.filter((_, at) => at % 2 === 1),
)
