import { step } from '../../../core/step.js'
import { migrate, tellWhatStays } from '../upgrade/schema.js'
import { checkSchema as check, restoreSchema, rollBackSchema } from '../upgrade/schema-back.js'

export const mixEctoMigrate = step({
  name: 'mix_ecto_migrate',
  about: "Runs the pending migrations from the new release: the app's Release.migrate, else Ecto.Migrator.",
  run: migrate,
  undo: tellWhatStays,
  keeps: true,
})

export const checkSchema = step({
  name: 'check_schema',
  about: 'Refuses a rollback that does not fit the schema, unless an option says what becomes of the schema.',
  run: check,
})

export const mixEctoRollback = step({
  name: 'mix_ecto_rollback',
  about: 'With --with-migrations, rolls back what the older release does not have; else nothing.',
  run: rollBackSchema,
  undo: restoreSchema,
})
