import { readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { onLoopback } from '../core/endpoint.js'
import type { Slot } from '../core/live.js'
import { masker } from '../core/mask.js'
import type { ReverseProxy, Site } from '../core/proxy.js'
import type { Instance, ServiceDefinition, ServiceManager } from '../core/service-manager.js'
import { readIfThere, syncFolder, writeWhole } from '../hosts/files.js'
import { isFree } from '../hosts/ports.js'
import { nginxProxy } from '../proxies/nginx.js'
import { systemdServices } from '../services/systemd.js'
import { ownPorts } from '../stacks/stacks.js'
import { readApp } from '../state/apps.js'
import { clusterOf } from '../state/cluster.js'
import { allSecrets, followRollback } from '../state/config.js'
import { readJson, writeJson } from '../state/json-file.js'
import { appPaths } from '../state/paths.js'
import { registeredProjects } from '../state/registered.js'
import { type Registered, readRegistered, serverPaths, writeRegistered } from '../state/server.js'
import { appScript, appUnit, environmentFile, slotUnit } from '../templates/systemd.js'
import { linkOf, nginxText, unitFacts } from './definitions.js'
import { choosePorts } from './server-ports.js'
import { type Start, startOf } from './start.js'

const { home } = serverPaths

const registered = (project: string): Registered => {
  const known = readRegistered(project)
  if (!known) throw new Error(`${project} is not registered on this server`)
  return known
}

/** Returns the service manager for all apps of this server: systemd. */
export const rootServices = (): ServiceManager =>
  systemdServices({
    projects: registeredProjects,
    define: async definition => define(definition),
    undefine: async project => {
      const { slot, app, wanted, script } = unitPaths(project)
      const environments = (['a', 'b'] as const).map(one => serverPaths.environment(project, one))
      for (const path of [slot, app, wanted, script, ...environments, ...environments.map(preparedPath)])
        rmSync(path, { force: true })
    },
    processes: async (project, slot) => ({ web: onLoopback(await portOf(project, slot)) }),
    prepare: (instance, onTrial) => prepare(instance, onTrial),
    prepared: (project, slot) =>
      readJson(preparedPath(serverPaths.environment(project, slot)), preparedSchema),
    mask: project => masker(...allSecrets(home, project)),
    ownPorts,
    variables: variablesOf,
  })

/** Returns the proxy for all sites of this server: nginx. */
export const rootProxy = (): ReverseProxy =>
  nginxProxy({
    lock: serverPaths.lock('nginx'),
    path: project => appPaths(home, project).site,
    link: linkOf,
    isOurs: path =>
      path === serverPaths.shared || registeredProjects().some(project => linkOf(project) === path),
    marker: serverPaths.marker,
    render: site => nginxText(site, registered(site.project)),
    known: project => registeredSite(readRegistered(project)),
    sites: () => registeredProjects().flatMap(project => registeredSite(readRegistered(project)) ?? []),
    remember: (project, site) => {
      const known = readRegistered(project)
      if (!known) return
      writeRegistered({
        ...known,
        site: site && {
          domains: [...site.domains],
          own: site.own,
          max_body: site.maxBody,
          ...(site.files ? { files: true } : {}),
        },
      })
    },
    log: serverPaths.answers,
    slotOf: (project, { port }) => {
      const { a, b } = registered(project).ports
      return port === a ? 'a' : port === b ? 'b' : null
    },
  })

/** Returns the site of an app as nginx last got it. */
export const registeredSite = (known: Registered | null): Site | null =>
  known?.site
    ? {
        project: known.project,
        domains: known.site.domains,
        own: known.site.own,
        maxBody: known.site.max_body,
        files: known.site.files === true,
      }
    : null

const unitPaths = (project: string) => ({
  slot: join(serverPaths.units, `${project}@.service`),
  app: join(serverPaths.units, `${project}.service`),
  /** The link that makes systemd start the app at boot. `systemctl enable` would also write links for the script. */
  wanted: join(serverPaths.units, 'multi-user.target.wants', `${project}.service`),
  script: join(serverPaths.scripts, project),
})

const define = (definition: ServiceDefinition): boolean => {
  const facts = unitFacts(definition)
  const { slot, app, wanted, script } = unitPaths(definition.project)
  const { project, drainMs, limits, build } = definition
  followRollback(home, project, readApp(home, project).live)
  writeRegistered({ ...registered(definition.project), drain_ms: drainMs, limits, build })
  const files = [
    { path: slot, text: slotUnit(facts), mode: 0o644 },
    { path: app, text: appUnit(facts), mode: 0o644 },
    { path: script, text: appScript(facts), mode: 0o755 },
  ]
  const changed = files.filter(({ path, text }) => readIfThere(path) !== text)
  for (const { path, text, mode } of changed) writeWhole(path, text, mode)
  const isNew = linkTarget(wanted) !== app
  if (isNew) {
    rmSync(wanted, { force: true })
    symlinkSync(app, wanted)
    syncFolder(dirname(wanted))
  }
  return isNew || changed.length > 0
}

/** Returns the port of a slot. A slot keeps its ports, unless another program took one while the slot was free. */
const portOf = async (project: string, slot: Slot): Promise<number> => {
  const known = registered(project)
  if (await runs(project, slot)) return known.ports[slot]
  const own = [slot, `node_${slot}`] as const
  const areFree = await Promise.all(own.map(name => isFree(known.ports[name])))
  const taken = own.filter((_, at) => !areFree[at])
  if (taken.length === 0) return known.ports[slot]
  const chosen = await choosePorts(taken.length, registeredProjects().map(registered))
  const ports = { ...known.ports, ...Object.fromEntries(taken.map((name, at) => [name, chosen[at] ?? 0])) }
  writeRegistered({ ...known, ports })
  return ports[slot]
}

const runs = async (project: string, slot: Slot): Promise<boolean> =>
  (await rootServices().list(project)).some(instance => instance.slot === slot)

/** Returns the file that says what a slot was prepared for, beside the file that systemd reads. */
const preparedPath = (environment: string): string => `${environment}.json`
const preparedSchema = v.object({
  instance: v.pipe(
    v.object({
      project: v.string(),
      slot: v.picklist(['a', 'b']),
      release: v.number(),
      port: v.number(),
      config: v.optional(v.number()),
    }),
    v.transform(({ port, ...instance }): Instance => ({ ...instance, processes: { web: onLoopback(port) } })),
  ),
  variables: v.record(v.string(), v.string()),
})

const prepare = (instance: Instance, onTrial: boolean): void => {
  const { project, slot, processes, ...rest } = instance
  const { release, config } = (onTrial ? null : readApp(home, project).live) ?? instance
  const { environment: variables, file, releaseName } = startOn({ ...instance, release, config })
  const path = serverPaths.environment(project, slot)
  // On the disk an instance has only its port, in every version of Gatling.
  writeJson(preparedPath(path), { instance: { project, slot, ...rest, port: processes.web.port }, variables })
  writeWhole(
    path,
    environmentFile({
      ...variables,
      ...(onTrial ? { GATLING_TRIAL: String(Date.now()) } : {}),
      GATLING_RELEASE: releaseDir(project, release, onTrial),
      GATLING_RELEASE_NAME: releaseName,
      ...(file ? { GATLING_FILE: file.path, GATLING_FILE_TEXT: file.text } : {}),
    }),
  )
}

/**
 * Returns the folder that an instance boots. A live instance boots what `current` points to, so that a hot upgrade
 * moves it with one rename.
 */
const releaseDir = (project: string, release: number, onTrial: boolean): string => {
  const { releases, current } = appPaths(home, project)
  return !onTrial && linkTarget(current) === join('releases', String(release))
    ? current
    : join(releases, String(release))
}

const linkTarget = (path: string): string | null => {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

const startOn = (instance: Instance): Start => {
  const { project, slot } = instance
  const innerPort = registered(project).ports[`node_${slot}`]
  return startOf(home, instance, innerPort, '/usr/local/bin:/usr/bin:/bin', clusterOf(project))
}

const variablesOf = (instance: Instance): Record<string, string> => startOn(instance).environment
