import { confirmedBy } from '../confirm.js'
import { unconfirmed, usage } from '../errors.js'
import { projectOfDatabase, show } from '../on-server.js'
import { print, tell } from '../output.js'

interface Options {
  readonly rehearse?: boolean
  readonly finish?: boolean
  readonly undo?: boolean
  readonly yes?: boolean
}

/** Upgrades the database to a newer PostgreSQL, or finishes or undoes such an upgrade. */
export const upgrade = async (name: string, version: string | undefined, options: Options): Promise<void> => {
  const project = projectOfDatabase(name, 'upgrade')
  if (options.finish) return finish(project)
  if (options.undo) return undo(project, options.yes === true)
  if (version === undefined)
    throw usage('no version was named', 'Name a major version of PostgreSQL, such as 17.')
  const { upgrade: make } = await import('../../databases/upgrade/upgrade.js')
  const { label, before, heldMs } = await make(project, version, options.rehearse === true, show)
  const seconds = `${((heldMs ?? 0) / 1_000).toFixed(1)} s`
  if (options.rehearse)
    return print(
      `A copy of the database of ${project} works in PostgreSQL ${version}. Writes would be held for about ${seconds}.`,
      `Upgrade it:  gatling db upgrade ${project} ${version}`,
    )
  print(
    `${project} uses PostgreSQL ${version} now, ${label}.${heldMs === null ? '' : ` Writes were held for ${seconds}.`}`,
    `${before}, which it used before, is stopped and stays until you finish.`,
    `Go back:  gatling db upgrade ${project} --undo`,
    `Finish:   gatling db upgrade ${project} --finish`,
  )
  await backUpNow(project, label)
}

const finish = async (project: string): Promise<void> => {
  const { finishUpgrade } = await import('../../databases/upgrade/pending.js')
  const { label, cluster } = await finishUpgrade(project, show)
  print(
    `${label}, the PostgreSQL ${cluster.version} of ${project}, is removed. Its backups stay for 14 days.`,
  )
}

const undo = async (project: string, yes: boolean): Promise<void> => {
  const { mustBePending } = await import('../../databases/upgrade/pending.js')
  const { kept, since } = mustBePending(project)
  const lost = `${project} goes back to PostgreSQL ${kept.cluster.version}. It then lacks everything that was written since ${since}.`
  if (!yes && !(await confirmedBy(project, lost))) throw unconfirmed(`going back to ${kept.label}`)
  const { promote } = await import('../../databases/backups/promote.js')
  const after = await promote(project, kept.label, null, show)
  print(
    `${project} uses ${kept.label} again, PostgreSQL ${kept.cluster.version}.`,
    `Everything that was written since ${since} is only in ${after}, which stays for 7 days: gatling db psql ${project} --on ${after}`,
  )
  await backUpNow(project, kept.label)
}

const backUpNow = async (project: string, label: string): Promise<void> => {
  const { backUp } = await import('../../databases/backups/backup.js')
  tell(`Gatling now makes a backup of ${label}.`)
  await backUp(project, false, show)
}
