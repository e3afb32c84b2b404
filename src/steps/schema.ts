import { step } from '../core/step.js'
import { checkSchema as check, migrate, rollBackSchema, tellWhatStays } from '../upgrade/schema.js'

export const mixEctoMigrate = step({
  name: 'mix_ecto_migrate',
  about: "Runs the pending migrations from the new release: the app's Release.migrate, else Ecto.Migrator.",
  run: migrate,
  undo: tellWhatStays,
  keeps: true,
})

export const checkSchema = step({
  name: 'check_schema',
  about: 'Refuses to go back behind migrations that are up, unless it was said what becomes of them.',
  run: check,
})

export const mixEctoRollback = step({
  name: 'mix_ecto_rollback',
  about: 'With --with-migrations, rolls back what the older release does not have; else nothing.',
  run: rollBackSchema,
  undo: tellWhatStays,
})
