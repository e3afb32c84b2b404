import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { onLoopback } from '../../../src/core/endpoint.js'
import type { Slot } from '../../../src/core/live.js'
import type { Instance, ServiceDefinition } from '../../../src/core/service-manager.js'
import { systemdServices } from '../../../src/services/systemd.js'
import { appUnit, environmentFile, slotUnit } from '../../../src/templates/systemd.js'
import { type ProgramOf, type ServiceWorld, serviceManagerContract } from '../service-manager.js'

const user = 'contract'
execFileSync('useradd', ['--system', user])
const folder = mkdtempSync('/srv/contract-')
execFileSync('chmod', ['755', folder])
afterAll(() => {
  rmSync(folder, { recursive: true })
  execFileSync('userdel', [user])
})

const limits = { memory: null, cpu: null, tasks: 64 }
const definitionOf = (project: string): ServiceDefinition => ({
  project,
  drainMs: 90_000,
  limits,
  build: limits,
})
const unitPath = (name: string): string => `/etc/systemd/system/${name}.service`

const variablesOf = ({ processes: { web }, release }: Instance): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  PORT: String(web.port),
  GATLING_REVISION: `revision ${release}`,
  ...(release % 2 === 0 ? { POOL_SIZE: '10', LOCALE: 'de' } : { POOL_SIZE: '5', THEME: 'dark' }),
})

/** Makes apps as a server has them: a unit template for each, and a file of variables for each slot. */
const create = async (programOf: ProgramOf): Promise<ServiceWorld> => {
  const projects = ['shop', 'blog']
  const prepared = new Map<string, Instance>()
  const environmentPath = (project: string, slot: Slot): string => join(folder, `${project}-${slot}`)
  const files = ({ project, drainMs }: ServiceDefinition) => {
    const root = join(folder, project)
    const node = { addresses: ['127.64.1.2'], networks: ['127.64.0.0/10'], isInFleet: false }
    const facts = { project, user, node, root, ports: [], drainMs, limits, gatling: '/bin/true' }
    const environment = join(folder, `${project}-%i`)
    return {
      // A test need not wait as long as a server does.
      [`${project}@`]: slotUnit({ ...facts, environment }).replace('RestartSec=2s', 'RestartSec=100ms'),
      [project]: appUnit({ ...facts, environment }),
    }
  }
  const services = systemdServices({
    projects: () => projects,
    define: async definition => {
      for (const part of ['data', 'deploy/tmp']) {
        const path = join(folder, definition.project, part)
        mkdirSync(path, { recursive: true })
        execFileSync('chown', [user, path])
      }
      for (const [name, text] of Object.entries(files(definition))) writeFileSync(unitPath(name), text)
      return true
    },
    undefine: async project => {
      for (const name of Object.keys(files(definitionOf(project)))) rmSync(unitPath(name), { force: true })
    },
    ownPorts: () => [],
    processes: async () => ({ web: onLoopback(0) }),
    prepare: (instance, onTrial) => {
      const { project, slot } = instance
      prepared.set(`${project}@${slot}`, instance)
      const release = environmentPath(project, slot)
      mkdirSync(join(`${release}.release`, 'bin'), { recursive: true })
      const program = programOf(instance).map(word => `'${word.replaceAll("'", `'\\''`)}'`)
      writeFileSync(join(`${release}.release`, 'bin', 'app'), `#!/bin/sh\nexec ${program.join(' ')}\n`, {
        mode: 0o755,
      })
      writeFileSync(
        release,
        environmentFile({
          ...variablesOf(instance),
          GATLING_RELEASE: `${release}.release`,
          GATLING_RELEASE_NAME: 'app',
          ...(onTrial ? { GATLING_TRIAL: String(Date.now()) } : {}),
        }),
      )
    },
    prepared: (project, slot) => {
      const instance = prepared.get(`${project}@${slot}`)
      return instance ? { instance, variables: variablesOf(instance) } : null
    },
    mask: () => text => text,
    variables: variablesOf,
  })
  for (const project of projects) await services.install(definitionOf(project))
  return {
    services,
    close: async () => {
      for (const project of projects) await services.uninstall(project)
    },
  }
}

serviceManagerContract('systemd', create)
