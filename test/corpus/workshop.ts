import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type RunningTasks, startTaskRunner } from '../../src/hosts/task-runner.js'
import { oneVm } from '../../src/stacks/phoenix/commands/mix.js'
import { copySharing } from './share.js'
import type { Files } from './versions.js'

export type Workshop = ReturnType<typeof createWorkshop>

/**
 * Makes a checkout that becomes one version after the other, so that only what changed is compiled. One VM builds all
 * versions that differ in source code alone, because starting mix takes longer than compiling a module.
 */
export const createWorkshop = (checkout: string) => {
  const clock = createClock()
  const built = `${checkout}.release`
  let written: Files = new Map()
  let vm: RunningTasks | null = null
  let last: Promise<unknown> = Promise.resolve()

  const checkOut = (files: Files): void => {
    const time = clock.next()
    for (const path of written.keys()) if (!files.has(path)) rmSync(join(checkout, path))
    for (const [path, content] of files) {
      if (written.get(path)?.equals(content)) continue
      const file = join(checkout, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      utimesSync(file, time, time)
    }
  }

  const endVm = async (): Promise<void> => {
    const ending = vm
    vm = null
    await ending?.group.stop(0)
  }

  const build = async (files: Files, target: string, like: string | null): Promise<void> => {
    if (!onlySourceDiffers(written, files)) await endVm()
    checkOut(files)
    written = files
    vm ??= startTaskRunner(oneVm(false), '', checkout, { ...process.env, MIX_ENV: 'prod' })
    const lines: string[] = []
    // `--overwrite` leaves what only an earlier version had, such as the folder of another version number.
    rmSync(built, { recursive: true, force: true })
    const ending = await vm.run(['release', '--path', built, '--overwrite'], line => lines.push(line))
    if (ending.code !== 0) {
      vm = null
      throw new Error(`mix release failed for ${target}:\n${lines.join('\n')}`)
    }
    setTimes(join(checkout, '_build'), clock.next())
    return copySharing(built, target, like)
  }

  return {
    /** Builds the release of a version, one at a time, as they share the checkout. Files that are equal in `like` are links. */
    release: (files: Files, target: string, like: string | null): Promise<void> => {
      const made = last.then(() => build(files, target, like))
      last = made.catch(() => {})
      return made
    },
    close: async (): Promise<void> => {
      await last
      await endVm()
      for (const path of [checkout, built]) rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Mix looks at these files in every task. It reads the project, its configuration and its dependencies once. */
const isSource = (path: string): boolean => /^(lib|src|priv|rel)\/|^config\/runtime\.exs$/.test(path)

const onlySourceDiffers = (before: Files, after: Files): boolean =>
  [...new Set([...before.keys(), ...after.keys()])].every(
    path => isSource(path) || isSame(before.get(path), after.get(path)),
  )

const isSame = (one: Buffer | undefined, other: Buffer | undefined): boolean =>
  one !== undefined && other !== undefined && one.equals(other)

/**
 * Counts whole seconds in the past. Mix compiles a file of a later second than its last build, so with the real time each
 * version would wait for the next second.
 */
const createClock = () => {
  let second = Math.floor(Date.now() / 1_000) - 1_000_000
  return {
    next: (): number => {
      second += 1
      return second
    },
  }
}

const setTimes = (folder: string, time: number): void => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) setTimes(path, time)
    else if (entry.isFile()) utimesSync(path, time, time)
  }
}
