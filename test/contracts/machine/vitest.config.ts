import { defineConfig } from 'vitest/config'

/** The contracts of what needs a machine of its own: `test/server/machine.test.ts` has one run them. */
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
