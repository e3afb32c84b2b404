import { type BackupHealth, backupHealth } from '../../databases/backups/health.js'
import { timersOf } from '../../state/backups.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { type Properties, unitsNamed } from '../units.js'
import type { AppFacts } from './facts.js'

/** Checks that the database is backed up, archived and proved, and that timers will do this again. */
export const backups = async ({ project }: AppFacts): Promise<Answer> => {
  const health = await backupHealth(project)
  if (health === null) return null
  const units = await unitsNamed(timersOf(project), ['ActiveState', 'UnitFileState'])
  return [...backupFindings(health), ...timerFindings(project, units)]
}

const backupFindings = ({ backup_at, proved_at, troubles }: BackupHealth): readonly Said[] => {
  if (troubles.length > 0) return troubles.map(({ text, remedy }) => problem(text, remedy))
  const proof = proved_at === null ? 'no restore was proved yet' : `a restore was proved ${minute(proved_at)}`
  return [ok(`the database was backed up ${minute(backup_at ?? '')}; ${proof}`)]
}

const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`

const timerFindings = (project: string, units: ReadonlyMap<string, Properties>): readonly Said[] =>
  timersOf(project).flatMap(timer => {
    const { ActiveState, UnitFileState } = units.get(timer) ?? {}
    return ActiveState === 'active' && UnitFileState === 'enabled'
      ? []
      : [warning(`${timer} does not run`, `systemctl enable --now ${timer}`)]
  })
