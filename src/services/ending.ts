import { constants } from 'node:os'

/** The properties of a unit that say how it ended (org.freedesktop.systemd1(5)). */
export interface Ended {
  readonly ActiveState: string
  readonly ExecMainCode: string
  readonly ExecMainStatus: string
  readonly Result: string
}

/** systemd's result for a unit in which the kernel killed a process for lack of memory. */
export const outOfMemory = 'oom-kill'

/**
 * Says how a unit ended, as text after "it". ExecMainCode is CLD_EXITED 1, CLD_KILLED 2 or CLD_DUMPED 3 (waitid(2)).
 */
export const endingOf = ({ ActiveState, ExecMainCode, ExecMainStatus, Result }: Ended): string => {
  // The kernel can kill a child. Then systemd stops the main process, which ends normally.
  if (Result === outOfMemory) return 'was killed because it ran out of memory; see `[limits] memory`'
  if (ExecMainCode === '0' || ActiveState === '') return 'is not running'
  return ExecMainCode === '1'
    ? `ended with status ${ExecMainStatus}`
    : `was killed by ${signalName(Number(ExecMainStatus))}`
}

const signalName = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`
