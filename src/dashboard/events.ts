import * as v from 'valibot'

/** The events of a deploy that the page reads (core/event.ts). It skips kinds that it does not know. */
const text = v.string()
const texts = v.array(text)

const planSchema = v.object({
  mode: text,
  reasons: v.array(v.object({ text })),
  modules: v.object({ added: texts, changed: texts, removed: texts }),
  migrations: v.array(v.object({ module: text, processes: v.number() })),
  children: v.object({ started: texts, stopped: texts }),
  config: texts,
})
export type Plan = v.InferOutput<typeof planSchema>

const at = { at: text }
const eventSchema = v.variant('type', [
  v.object({
    ...at,
    type: v.literal('queued'),
    behind: v.number(),
    revision: text,
    pusher: text,
    step: v.nullable(text),
  }),
  v.object({ ...at, type: v.literal('start'), run: v.number(), task: text, revision: text }),
  v.object({ ...at, type: v.literal('step-start'), step: text }),
  v.object({ ...at, type: v.literal('step-end'), step: text, ok: v.boolean(), ms: v.number() }),
  v.object({ ...at, type: v.literal('hook-start'), hook: text, file: text }),
  v.object({ ...at, type: v.literal('hook-end'), hook: text, ok: v.boolean(), ms: v.number() }),
  ...(['command', 'output', 'note', 'warning'] as const).map(type =>
    v.object({ ...at, type: v.literal(type), text }),
  ),
  v.object({ ...at, type: v.literal('plan'), plan: planSchema }),
  v.object({ ...at, type: v.literal('live'), release: v.number(), mode: text, url: text }),
  v.object({ ...at, type: v.literal('undo') }),
  v.object({
    ...at,
    type: v.literal('failed'),
    code: text,
    step: v.nullable(text),
    text,
    hint: text,
    serving: text,
  }),
  v.object({ ...at, type: v.literal('end'), outcome: text, ms: v.number() }),
])
export type DeployEvent = v.InferOutput<typeof eventSchema>

/** Reads an event; null: the page does not know its kind. */
export const readEvent = (line: string): DeployEvent | null => {
  try {
    const { success, output } = v.safeParse(eventSchema, JSON.parse(line))
    return success ? output : null
  } catch {
    return null
  }
}
