import type { ServiceStatus } from '../core/service-manager.js'
import { usageOf } from '../hosts/procfs.js'
import type { Recorder } from './recorder.js'

/** Records what the instances of embedded mode have used since the last time. */
export const createUsage = ({ used }: Pick<Recorder, 'used'>) => {
  let before = new Map<number, number>()
  return (instances: readonly ServiceStatus[]): void => {
    const now = new Map<number, number>()
    const apps = new Map<string, { cpu: number; memory: number }>()
    for (const { project, pid } of instances) {
      if (pid === null) continue
      const { cpu, memory } = usageOf(pid)
      now.set(pid, cpu)
      const sum = apps.get(project) ?? { cpu: 0, memory: 0 }
      // The time of a child that has ended is no longer in the sum.
      const spent = Math.max(0, cpu - (before.get(pid) ?? 0))
      apps.set(project, { cpu: sum.cpu + spent, memory: sum.memory + memory })
    }
    before = now
    for (const [project, { cpu, memory }] of apps) used(project, cpu, memory)
  }
}
