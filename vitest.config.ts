import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // As long as a machine that is busy may need; one that has it at once does not wait.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    // The slow files first, so that both cores are busy to the end.
    sequence: { shuffle: false },
  },
})
