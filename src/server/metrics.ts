import { rmSync } from 'node:fs'
import { join } from 'node:path'
import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import { must } from '../hosts/must.js'
import { serverSources } from '../metrics/rows-of.js'
import { serverPaths } from '../state/server.js'
import {
  foldService,
  foldTimer,
  sampleScript,
  sampleService,
  sampleTimer,
} from '../templates/metrics-units.js'
import type { Change } from './change.js'
import { file } from './file.js'

const unit = (name: string): string => join(serverPaths.units, name)
const last = '/run/gatling-sample'
const timers = ['gatling-sample.timer', 'gatling-fold.timer']

/** The changes for a server's metrics. They need no process that stays. */
export const metricsChanges: readonly Change[] = [
  file(
    serverPaths.sample,
    sampleScript({
      registry: serverPaths.registry,
      samples: serverSources().samples,
      last,
      cgroups: '/sys/fs/cgroup',
    }),
    0o755,
    'write the script that reads what apps use',
  ),
  file(
    unit('gatling-sample.service'),
    sampleService(serverPaths.sample),
    0o644,
    'define how it runs',
    systemd.reload,
  ),
  file(unit('gatling-sample.timer'), sampleTimer, 0o644, 'run it once a minute', systemd.reload),
  file(
    unit('gatling-fold.service'),
    foldService(serverPaths.gatling),
    0o644,
    'define how metrics are kept',
    systemd.reload,
  ),
  file(unit('gatling-fold.timer'), foldTimer, 0o644, 'keep them every few minutes', systemd.reload),
  {
    about: `start the timers of metrics: ${timers.join(' ')}`,
    isMade: async () => {
      const found = await Promise.all(timers.map(timer => runCommand(systemd.isEnabled(timer))))
      return found.every(({ status }) => status === 0)
    },
    make: () => must(systemd.enableNow(...timers)),
    undo: async () => {
      await runCommand(systemd.disableNow(...timers))
      rmSync(last, { force: true })
    },
  },
]
