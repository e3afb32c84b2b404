import { defineConfig } from 'vitest/config'

/** The contracts that need a machine of their own. `test/server/machine.test.ts` runs them on one. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.contract.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    isolate: false,
    reporters: ['dot'],
  },
})
