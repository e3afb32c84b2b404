import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as systemd from '../commands/systemd.js'
import { isLead } from '../core/fleet.js'
import type { Live } from '../core/live.js'
import { answering, type Seats, seatsOf } from '../fleet/seats.js'
import { runCommand } from '../hosts/capture.js'
import { registeredSite, rootProxy, rootServices } from '../runtimes/root.js'
import { readFleet } from '../state/fleet.js'
import { readRegistered, serverPaths, writeRegistered } from '../state/server.js'
import { instanceSilent } from './errors.js'

/** Tells whether an instance of an app must run on this machine. Without a fleet that is always so. */
export const isSeated = (project: string): boolean => {
  if (readRegistered(project)?.scale) return existsSync(serverPaths.held(project))
  const fleet = readFleet()
  return fleet === null || isLead(fleet)
}

/** Notes that an instance of an app must run on this machine, until it is let go or the machine boots. */
export const hold = (project: string): void => {
  mkdirSync(dirname(serverPaths.held(project)), { recursive: true, mode: 0o700 })
  writeFileSync(serverPaths.held(project), '')
}
export const letGo = (project: string): void => rmSync(serverPaths.held(project), { force: true })

/** Opens or closes this machine for the requests that the other machines of the fleet get for an app. */
export const setOpen = async (project: string, open: boolean): Promise<void> => {
  const known = readRegistered(project)
  if (!known?.scale || known.scale.open === open) return
  writeRegistered({ ...known, scale: { ...known.scale, open } })
  const site = registeredSite(known)
  if (site) await rootProxy().configure(site)
}

/** How long an instance has to listen on its port after a start, in ms, and the time between two looks. */
const bootMs = 60_000
const lookEveryMs = 100

/**
 * Opens this machine once the live instance listens. Until then the other machines take the requests.
 * @throws GatlingError INSTANCE_SILENT.
 */
export const openOnceListening = async (project: string, { slot }: Live): Promise<void> => {
  if (!readRegistered(project)?.scale) return
  const services = rootServices()
  const { web } = await services.processes(project, slot)
  const deadline = performance.now() + bootMs
  while (!(await services.listening(project, slot)).includes(web.port)) {
    if (performance.now() > deadline) {
      await setOpen(project, false)
      throw instanceSilent(project, bootMs)
    }
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
  await setOpen(project, true)
}

/** Tells whether enough machines run an app without this one: each has a seat, and its instance answers. */
export const isEnough = ({ wanted, nodes }: Seats, self: string, answers: readonly string[]): boolean => {
  const serving = nodes.filter(name => name !== self && answers.includes(name))
  return serving.length > 0 && serving.length >= wanted
}

/** The time between two questions to the fleet, in ms: at first, and at most. */
const firstPauseMs = 500
const longestPauseMs = 5_000

/**
 * Waits until this machine may stop its instance of an app, because enough others run. Without an answer of the fleet the
 * instance goes on, so a restart of Docker stops nothing.
 * @returns whether it may: false if this machine has a seat again.
 */
export const mayLeave = async (project: string): Promise<boolean> => {
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    const scale = readRegistered(project)?.scale
    const fleet = readFleet()
    if (!scale || fleet === null || (await hasSeat(project))) return false
    const seats = await seatsOf(project)
    if (seats !== null && isEnough(seats, fleet.self, await answering(scale.port)))
      return !(await hasSeat(project))
    await new Promise(resolve => setTimeout(resolve, pause))
  }
}

/** Tells whether a seat of an app is connected on this machine. */
const hasSeat = async (project: string): Promise<boolean> => {
  const { stdout } = await runCommand(systemd.unitsLike(`gatling-seat-${project}@*.service`))
  return stdout.split('\n').some(line => / (active|activating) /.test(line))
}
