import { join } from 'node:path'
import * as v from 'valibot'
import { readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

const folder = join(serverPaths.etc, 'fleet')
const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(254))

/** The files of a machine of a fleet that no other program reads. */
export const memberPaths = {
  folder,
  members: join(folder, 'members.json'),
  made: join(folder, 'made.json'),
  adding: join(folder, 'adding.json'),
  /** The host key of a machine at the first contact. */
  firstHost: join(folder, 'first_host'),
  /** This machine's private key of the fleet network. */
  wireguardKey: join(folder, 'wireguard.key'),
} as const

/** Type and key of ssh in one line, without options or a comment: it gets into files that sshd and ssh trust. */
const publicKeySchema = v.pipe(v.string(), v.regex(/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$/))

/** The schema of what a machine says about itself when it joins. Nothing of it is secret. */
export const identitySchema = v.object({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,50}$/)),
  /** Its public key in the fleet network. */
  wireguard: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]{43}=$/)),
  /** The public key of its root for the other machines: type and key. */
  key: publicKeySchema,
  /** The public keys of its sshd: type and key. */
  hostKeys: v.array(publicKeySchema),
})

/** The schema of all that the other machines need to know to reach a machine. */
export const memberSchema = v.object({
  ...identitySchema.entries,
  number: wholeNumber,
  /** The IP address at which the others reach it from outside. */
  endpoint: v.pipe(v.string(), v.ip()),
})
export type Member = v.InferOutput<typeof memberSchema>

/** Reads the machines that are connected with this one, and itself. */
export const readMembers = (): readonly Member[] => readJson(memberPaths.members, v.array(memberSchema)) ?? []

export const writeMembers = (members: readonly Member[]): void => writeJson(memberPaths.members, members)

const madeSchema = v.object({
  /** Whether `nodes add` made this machine a server. */
  server: v.boolean(),
  /** Whether Docker runs only for the fleet. */
  docker: v.boolean(),
})

/** Reads what `nodes add` made on this machine, and `nodes remove` undoes. */
export const readMade = (): v.InferOutput<typeof madeSchema> =>
  readJson(memberPaths.made, madeSchema) ?? { server: false, docker: false }

export const writeMade = (made: v.InferOutput<typeof madeSchema>): void => writeJson(memberPaths.made, made)

const addingSchema = v.object({
  name: v.string(),
  address: v.string(),
  endpoint: v.string(),
  number: wholeNumber,
  manager: v.boolean(),
})
export type Adding = v.InferOutput<typeof addingSchema>

/** Reads which machine is being added, or was when the command was killed; null: none. */
export const readAdding = (): Adding | null => readJson(memberPaths.adding, addingSchema)

export const writeAdding = (adding: Adding): void => writeJson(memberPaths.adding, adding)
