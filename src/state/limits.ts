import * as v from 'valibot'
import { bytesIn, mostBody } from '../core/size.js'

/**
 * A whole number. On a server root writes these values into units and sites, so they must not be able to contain
 * anything else.
 */
export const wholeSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9))
/** A size that both systemd and nginx understand, like `512M` or `2G`. */
const sizeSchema = v.pipe(v.string(), v.regex(/^[1-9]\d{0,9}[KMG]$/))
/** The size of a request's body. */
export const bodySchema = v.pipe(
  sizeSchema,
  v.check(size => bytesIn(size) <= mostBody),
)
/** A size that was recorded before there was a bound. */
export const keptBodySchema = v.pipe(
  sizeSchema,
  v.transform(size => (bytesIn(size) <= mostBody ? size : '10G')),
)
export const limitsSchema = v.object({
  memory: v.nullable(sizeSchema),
  cpu: v.nullable(wholeSchema),
  tasks: wholeSchema,
})
