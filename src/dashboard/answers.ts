import * as v from 'valibot'

/** What the page reads of the commands' `--json`; all else, such as a newer version's, is left out. */
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
  leaving: number,
  restarts: v.number(),
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
