import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { EventBody } from '../core/event.js'
import { processesWith } from '../hosts/procfs.js'
import { readApp } from '../state/apps.js'
import { lineReader } from '../state/events.js'
import { isOfThisBoot } from '../state/owner.js'
import { appPaths } from '../state/paths.js'
import { eventsPath, finishRun, type Run, runMark } from '../state/runs.js'

/**
 * Puts away what runs left behind whose process was killed: their own processes, their release, git's locks.
 * What serves is not theirs to change: embedded mode has put that right when their lease fell.
 */
export const cleanUpAfter = async (
  home: string,
  project: string,
  interrupted: readonly Run[],
  emit: (event: EventBody) => void,
): Promise<void> => {
  const { releases, repository, build } = appPaths(home, project)
  const { live } = readApp(home, project)
  for (const { number, request } of interrupted) {
    for (const pid of processesWith('GATLING_RUN', runMark(home, project, number))) kill(pid)
    const made = request.task === 'rollback' ? number : (request.release ?? number)
    if (made !== live?.release) rmSync(join(releases, String(made)), { recursive: true, force: true })
    const step = lastStep(eventsPath(home, project, number))
    const committed = (request.release ?? number) === live?.release && request.task !== 'plan'
    finishRun(home, project, number, {
      outcome: committed ? 'ok' : 'interrupted',
      mode: null,
      step,
      error: committed
        ? null
        : { code: 'INTERRUPTED', text: `its process was killed${step ? ` in ${step}` : ''}`, hint: '' },
      steps: [],
      ms: 0,
      at: new Date().toISOString(),
    })
    emit({
      type: 'note',
      text: `deploy ${number} was interrupted${step ? ` in ${step}` : ''}; cleaned up after it`,
    })
  }
  // What a build wrote just before the machine went down may be there by name only.
  if (interrupted.some(run => !isOfThisBoot(run.request.asker))) {
    rmSync(build, { recursive: true, force: true })
    emit({ type: 'note', text: 'the machine went down in the middle of a deploy: building from scratch' })
  }
  // git leaves its lock when it is killed in mid-checkout; it is our turn, so nobody else holds it.
  rmSync(join(repository, 'worktrees', 'build', 'index.lock'), { force: true })
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/** The step a run was in when it wrote its last event. */
export const lastStep = (path: string): string | null => {
  const reader = lineReader(path)
  const steps = reader.read().flatMap(line => /"type":"step-start","step":"([a-z_]+)"/.exec(line)?.[1] ?? [])
  reader.close()
  return steps.at(-1) ?? null
}
