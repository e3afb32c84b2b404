import * as docker from '../commands/docker.js'
import { within } from '../commands/timeout.js'
import { type Decision, decisions, othersIn } from '../core/fleet.js'
import { runCommand } from '../hosts/capture.js'
import { readFleet } from '../state/fleet.js'
import { askNode } from './ask.js'
import { noMajority } from './deploy-errors.js'

/** How long Docker may take, in s. Without a majority of managers it waits for one. */
const patience = 10

/** Returns the name of a decision in Swarm. */
const nameOf = (project: string, run: number): string => `${prefixOf(project)}${run}`
const prefixOf = (project: string): string => `gatling.${project}.`

/**
 * Decides a run of the fleet. Swarm accepts the name of a config once, so the first who decides is right, and everybody
 * reads the same word from any manager.
 * @param wanted the word to decide it by, if nobody has decided it.
 * @returns the word that it is decided by.
 * @throws GatlingError FLEET_NO_MAJORITY: nobody knows. It can have been decided nevertheless.
 */
export const decide = async (project: string, run: number, wanted: Decision): Promise<Decision> => {
  const fleet = readFleet()
  if (fleet === null) throw noMajority([])
  const self = fleet.nodes.find(({ name }) => name === fleet.self)
  const here = self?.manager ? await decideHere(project, run, wanted) : null
  if (here !== null) return here
  const managers = othersIn(fleet).filter(({ manager }) => manager)
  for (const manager of managers) {
    const said = await askNode(manager, ['node', 'decide', project, String(run), wanted]).catch(() => '')
    const word = decisions.find(one => one === said.trim())
    if (word) return word
  }
  throw noMajority(managers.map(({ name }) => name))
}

/** Decides it as a manager; null: this machine is none, or there is no majority. */
export const decideHere = async (
  project: string,
  run: number,
  wanted: Decision,
): Promise<Decision | null> => {
  const name = nameOf(project, run)
  // If the name is taken, this fails.
  await runCommand(within(patience, docker.createConfig(name, wanted)))
  const { status, stdout } = await runCommand(within(patience, docker.readConfig(name)))
  const word = Buffer.from(stdout.replaceAll('"', ''), 'base64').toString()
  return status === 0 ? (decisions.find(one => one === word) ?? null) : null
}

/** How many decisions of an app are kept. */
const kept = 20

/**
 * Removes old decisions of an app, and those that an earlier app of its name left.
 * @param next the number of the next run; null: all of them.
 * @throws GatlingError FLEET_NO_MAJORITY.
 */
export const forgetDecisions = async (project: string, next: number | null): Promise<void> => {
  const { status, stdout, stderr } = await runCommand(within(patience, docker.listConfigs(prefixOf(project))))
  if (status !== 0) throw noMajority(stderr.trim().split('\n'))
  const runs = stdout
    .split('\n')
    .filter(name => name.startsWith(prefixOf(project)))
    .map(name => Number(name.slice(prefixOf(project).length)))
    .sort((one, other) => one - other)
  const past = next === null ? [] : runs.filter(run => run < next).slice(-kept)
  const spare = runs.filter(run => !past.includes(run))
  if (spare.length > 0)
    await runCommand(within(patience, docker.removeConfigs(spare.map(run => nameOf(project, run)))))
}
