// Compiles src/ to dist/. Installed as a package there is no src/ and nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'

if (existsSync(new URL('../src', import.meta.url))) {
  rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
  const { status } = spawnSync('npx', ['--no-install', 'tsc'], {
    cwd: new URL('..', import.meta.url),
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
}
