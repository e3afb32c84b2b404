import * as v from 'valibot'

/**
 * The keys that the page reads from the `--json` of commands. It ignores all other keys, such as those of a newer
 * version.
 */
const text = v.string()
const maybe = v.optional(v.nullable(text), null)
const number = v.nullable(v.number())

const appSchema = v.object({
  project: text,
  state: text,
  release: number,
  version: maybe,
  revision: maybe,
  since: maybe,
  url: maybe,
  restarts: v.number(),
  processes: v.optional(v.array(text), []),
  out_of_memory: v.optional(v.boolean(), false),
  certificate_until: maybe,
  database: maybe,
  redis: maybe,
  last_deploy: v.nullable(v.object({ number: v.number(), state: text })),
  backups: v.optional(
    v.nullable(v.object({ last_at: maybe, proved_at: maybe, troubles: v.array(text) })),
    null,
  ),
})
export type AppState = v.InferOutput<typeof appSchema>

/** `gatling status --json` */
export const statusSchema = v.object({ serving: v.boolean(), apps: v.array(appSchema) })
export type State = v.InferOutput<typeof statusSchema>

const deploySchema = v.object({
  number: v.number(),
  state: text,
  task: text,
  revision: text,
  branch: maybe,
  pusher: text,
  subject: text,
  asked_at: text,
  ended_at: maybe,
  mode: maybe,
  ms: number,
  failed_step: maybe,
  error: v.nullable(v.object({ code: text, text, hint: text })),
  steps: v.array(v.object({ step: text, ms: v.number(), ok: v.boolean() })),
})
export type Deploy = v.InferOutput<typeof deploySchema>

/** `gatling history shop --json` */
export const historySchema = v.array(deploySchema)

const releaseSchema = v.object({
  release: v.number(),
  outcome: text,
  serves: v.boolean(),
  pinned: v.boolean(),
  mode: maybe,
  revision: text,
  subject: text,
  by: text,
  at: text,
  bytes: number,
})
export type Release = v.InferOutput<typeof releaseSchema>

/** `gatling releases shop --json` */
export const releasesSchema = v.array(releaseSchema)

const namedSchema = v.object({ release: v.number(), revision: text, subject: text, by: maybe, at: maybe })
export type Named = v.InferOutput<typeof namedSchema>
const texts = v.array(text)

/** `gatling rollback shop 11 --dry-run --json` */
export const outlookSchema = v.object({
  from: namedSchema,
  to: namedSchema,
  mode: maybe,
  reasons: texts,
  config: texts,
  domains: v.object({ added: texts, removed: texts }),
  schema: v.object({
    left: v.array(v.object({ version: text, name: text, reversible: v.nullable(v.boolean()), why: maybe })),
    lacking: texts,
    unknown: maybe,
    restore: v.nullable(v.object({ before: v.number(), commands: texts })),
  }),
  refusal: v.nullable(v.object({ code: text, message: text, hint: text })),
})
export type Outlook = v.InferOutput<typeof outlookSchema>

const commitSchema = v.object({ revision: text, subject: text, by: text, at: text })

/** `gatling compare shop 11 12 --json` */
export const comparisonSchema = v.object({
  from: namedSchema,
  to: namedSchema,
  commits: v.object({ added: v.array(commitSchema), removed: v.array(commitSchema) }),
  config: texts,
  code: v.nullable(
    v.object({
      modules: v.object({ added: texts, changed: texts, removed: texts }),
      apps: texts,
      files: v.boolean(),
      migrations: v.object({ added: texts, removed: texts }),
    }),
  ),
})
export type Comparison = v.InferOutput<typeof comparisonSchema>

/** `gatling config list shop --json`, without the values: the page never reads them. */
export const configSchema = v.array(v.object({ key: text, secret: v.boolean() }))
export type Config = v.InferOutput<typeof configSchema>

/** `gatling db info shop --json` */
export const databaseSchema = v.object({
  version: text,
  running: v.boolean(),
  size: number,
  connections: v.object({ used: number, most: v.number() }),
})
export type Database = v.InferOutput<typeof databaseSchema>

/** `gatling db backups shop --json` */
export const backupsSchema = v.object({
  backups: v.array(
    v.object({
      id: text,
      kind: text,
      ended_at: text,
      size: v.number(),
      proved_at: maybe,
      damaged: v.boolean(),
      of: text,
    }),
  ),
  copies: v.array(v.object({ label: text, serves: v.boolean(), made_at: text, from: maybe })),
  lost_at: maybe,
})
export type Backups = v.InferOutput<typeof backupsSchema>

/** `gatling audit --json` */
export const auditSchema = v.array(
  v.object({
    at: text,
    who: text,
    from: maybe,
    project: maybe,
    action: text,
    detail: text,
    outcome: maybe,
    code: maybe,
  }),
)
export type Audit = v.InferOutput<typeof auditSchema>

const findingSchema = v.object({
  level: v.picklist(['ok', 'warning', 'problem']),
  text,
  remedy: maybe,
})
export type Finding = v.InferOutput<typeof findingSchema>

/** `gatling doctor --json` */
export const diagnosisSchema = v.object({
  server: v.array(findingSchema),
  apps: v.array(v.object({ project: text, findings: v.array(findingSchema) })),
})
export type Diagnosis = v.InferOutput<typeof diagnosisSchema>

const figures = {
  requests_per_s: v.number(),
  errors: v.number(),
  error_percent: v.number(),
  p95_ms: number,
  cpu_percent: number,
  memory_bytes: number,
}

/** `gatling top --json` */
export const topSchema = v.object({
  serving: v.boolean(),
  apps: v.array(v.object({ ...appSchema.entries, ...figures })),
})
export type Top = v.InferOutput<typeof topSchema>

/** `gatling metrics shop --json` */
export const metricsSchema = v.object({
  from: text,
  to: text,
  series: v.array(v.object({ at: text, ...figures })),
  total: v.object(figures),
  deploys: v.array(v.object({ number: v.number(), state: text, at: text })),
})
export type Metrics = v.InferOutput<typeof metricsSchema>

/** `gatling metrics shop --node --json` */
export const insideSchema = v.object({
  figures: v.array(
    v.object({ name: text, about: text, value: number, limit: number, unit: v.nullable(text) }),
  ),
})
export type Inside = v.InferOutput<typeof insideSchema>

const roomSchema = v.object({ free_bytes: v.number() })
const nodeSchema = v.object({
  name: text,
  address: text,
  state: text,
  reason: maybe,
  lead: v.boolean(),
  manager: v.boolean(),
  facts: v.nullable(
    v.object({
      load: v.number(),
      processors: v.number(),
      memory: roomSchema,
      disk: roomSchema,
      gatling: text,
      instances: texts,
    }),
  ),
})
export type Node = v.InferOutput<typeof nodeSchema>

/** `gatling nodes list --json` */
export const nodesSchema = v.array(nodeSchema)
