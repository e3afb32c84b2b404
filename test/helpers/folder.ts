import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

/** Makes temporary folders that are gone after each test. */
export const temporaryFolders = (): (() => string) => {
  const made: string[] = []
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatling-test-'))
    made.push(folder)
    return folder
  }
}
