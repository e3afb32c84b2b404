import { defineConfig } from 'vitest/config'
import LongestFirst from './test/runner/longest-first.js'
import Progress from './test/runner/progress.js'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A machine that is busy may need several times what they take else.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 3,
    // Nothing is mocked, and no test changes the state of a module, so all files of a worker can share the modules.
    isolate: false,
    reporters: [new Progress(), 'default'],
    sequence: { sequencer: LongestFirst },
  },
})
