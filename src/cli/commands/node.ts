import type { Figure } from '../../core/looks.js'
import { size } from '../../core/size.js'
import { nodeMetricsOf } from '../../queries/node.js'
import { gatlingHome } from '../../state/paths.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'
import { runningApp } from './console.js'

/**
 * Shows the figures of the Erlang node of a running app.
 * @throws GatlingError NOT_DEPLOYED, NO_PROCESS, NOT_RUNNING or NODE_SILENT.
 */
export const showNode = async (project: string, json: boolean): Promise<void> => {
  const { live } = await runningApp(project)
  const found = await nodeMetricsOf(gatlingHome(), project, live)
  if (json) printJson(found)
  else print(...table([['', 'NOW', 'LIMIT', ''], ...found.figures.map(rowOf)]))
}

const rowOf = ({ about, value, limit, unit }: Figure): readonly string[] => {
  const told = (number: number | null): string => {
    if (number === null) return '-'
    return unit === 'bytes' ? size(number) : number.toLocaleString('en-US')
  }
  const share = value === null || limit === null ? '' : `${((value / limit) * 100).toFixed(1)} %`
  return [about, told(value), limit === null ? '' : told(limit), share]
}
