import * as v from 'valibot'
import { envSchema } from './env-schema.js'

/** What the lead tells a follower, each as a line of JSON. */
const orderSchema = v.variant('order', [
  v.object({ order: v.literal('begin'), env: envSchema }),
  /** The plan of all. `swap`: why it is a swap on every machine; null: each does what it planned. */
  v.object({
    order: v.literal('agreed'),
    swap: v.nullable(v.array(v.object({ code: v.string(), text: v.string() }))),
  }),
  v.object({ order: v.literal('switch') }),
  v.object({ order: v.literal('commit') }),
  v.object({ order: v.literal('undo') }),
  /** The lead is there. Root sends it every second. */
  v.object({ order: v.literal('tick') }),
])
export type Order = v.InferOutput<typeof orderSchema>

export const tick: Order = { order: 'tick' }

const saidSchema = v.variant('type', [
  v.object({ type: v.literal('note'), text: v.string() }),
  v.object({ type: v.literal('warning'), text: v.string() }),
  v.object({ type: v.literal('output'), text: v.string() }),
  v.object({ type: v.literal('command'), text: v.string() }),
])

/** What a follower tells the lead. */
const reportSchema = v.variant('report', [
  v.object({ report: v.literal('said'), event: saidSchema }),
  v.object({
    report: v.literal('planned'),
    mode: v.picklist(['noop', 'hot', 'swap']),
    reasons: v.array(v.object({ code: v.string(), text: v.string() })),
  }),
  /** It can switch. */
  v.object({ report: v.literal('ready') }),
  /** It has seen no fault, and waits for the decision. */
  v.object({ report: v.literal('voted') }),
  v.object({
    report: v.literal('failed'),
    code: v.string(),
    message: v.string(),
    hint: v.string(),
  }),
  /** It has ended, after it committed or went back. */
  v.object({ report: v.literal('done') }),
])
export type Report = v.InferOutput<typeof reportSchema>

/** The time without any order after which a follower takes the line to the lead for broken, in ms. */
export const silenceMs = 5_000

/** Writes an order or a report as a line. */
export const lineOf = (said: Order | Report): string => `${JSON.stringify(said)}\n`

export const parseOrder = (line: string): Order => v.parse(orderSchema, JSON.parse(line))
export const parseReport = (line: string): Report => v.parse(reportSchema, JSON.parse(line))
