// Compiles src/ to dist/. Installed as a package there is no src/ and nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

if (existsSync(new URL('../src', import.meta.url))) {
  rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
  const { status } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))],
    {
      cwd: new URL('..', import.meta.url),
      stdio: 'inherit',
    },
  )
  process.exitCode = status ?? 1
}
