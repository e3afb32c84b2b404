import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A machine that is busy may need several times what they take else.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    // The slow files first, so that both cores are busy to the end.
    sequence: { shuffle: false },
  },
})
