import * as v from 'valibot'
import { bytesIn, mostBody } from '../core/size.js'

/** On a server root writes these into units and sites: nothing that could be more than it says gets in. */
export const wholeSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9))
/** `512M`, `2G`: what systemd and nginx both understand. */
const sizeSchema = v.pipe(v.string(), v.regex(/^[1-9]\d{0,9}[KMG]$/))
/** The same for a request's body. */
export const bodySchema = v.pipe(
  sizeSchema,
  v.check(size => bytesIn(size) <= mostBody),
)
/** What was written down before there was a bound. */
export const keptBodySchema = v.pipe(
  sizeSchema,
  v.transform(size => (bytesIn(size) <= mostBody ? size : '10G')),
)
export const limitsSchema = v.object({
  memory: v.nullable(sizeSchema),
  cpu: v.nullable(wholeSchema),
  tasks: wholeSchema,
})
