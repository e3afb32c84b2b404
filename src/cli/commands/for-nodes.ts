// What the other machines of the fleet ask of this one.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import * as v from 'valibot'
import { parsePublicKey } from '../../access/keys.js'
import { factsHere } from '../../fleet/facts.js'
import * as member from '../../fleet/member.js'
import { keyLine } from '../../fleet/root.js'
import { greet as greetAll } from '../../fleet/tell.js'
import { readIfThere } from '../../hosts/files.js'
import { readMade, readMembers } from '../../state/members.js'
import { print, printJson } from '../output.js'

const input = (): string => readFileSync(0, 'utf8')
const parsed = <Schema extends v.GenericSchema>(schema: Schema): v.InferOutput<Schema> =>
  v.parse(schema, JSON.parse(input()))

/** Prints what this machine says about itself. */
export const facts = async (): Promise<void> => printJson(await factsHere())

/** Prints the public key with which this machine's root adds others. */
export const key = async (): Promise<void> => print(await keyLine())

/** Installs what a machine of a fleet needs. */
export const prepare = (): Promise<void> => member.equip()

/** Prints what the others need to know of this machine. */
export const introduce = async (): Promise<void> => printJson(await member.introduce())

/** Connects this machine with those that the lead names. */
export const know = (): Promise<void> => member.adopt(parsed(member.knowledgeSchema))

/** Checks that every other machine answers this one. */
export const greet = (): Promise<void> => {
  const own = hostname().split('.')[0]
  return greetAll(readMembers().filter(({ name }) => name !== own))
}

/** Makes this machine part of the Swarm. */
export const join = (): Promise<void> => member.enterSwarm(parsed(member.invitationSchema))

/** Takes this machine out of the fleet, and prints whether the fleet had made it a server. */
export const leave = async (): Promise<void> => {
  const { server } = readMade()
  await member.leave()
  printJson({ server })
}

/** Lets root of the lead in as root, which removes this machine from the fleet. */
export const open = (): void => {
  const text = input().trim()
  parsePublicKey(text)
  mkdirSync('/root/.ssh', { recursive: true, mode: 0o700 })
  const accepted = '/root/.ssh/authorized_keys'
  // The last line of a person can have no end.
  const isOpen = !(readIfThere(accepted) ?? '\n').endsWith('\n')
  appendFileSync(accepted, `${isOpen ? '\n' : ''}${text}\n`, { mode: 0o600 })
}
