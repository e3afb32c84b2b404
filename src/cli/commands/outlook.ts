import pc from 'picocolors'
import type { Sight } from '../../deploy/look.js'
import { outlookOf, type RollbackOutlook } from '../../queries/outlook.js'
import { print, printJson } from '../output.js'
import { releaseCells, section, table } from '../render.js'

/** Says what a rollback would do. Ends with 1 if it would be refused. */
export const showOutlook = async (sight: Sight, json: boolean): Promise<void> => {
  const outlook = await outlookOf(sight)
  if (json) printJson(outlook)
  else print(...linesOf(outlook))
  if (outlook.refusal !== null) process.exitCode = 1
}

const linesOf = (outlook: RollbackOutlook): readonly string[] => {
  const { project, from, to, config, domains, refusal } = outlook
  const verdict =
    refusal === null
      ? ['', pc.green('Nothing is against it. Nothing was changed.')]
      : [
          '',
          pc.red(`It would be refused: ${refusal.message}`),
          `  ${refusal.hint}`,
          pc.dim(`  (${refusal.code})`),
          'Nothing was changed.',
        ]
  return [
    `${pc.bold(project)}: what a rollback to release ${to.release} would do`,
    '',
    ...table([
      ['serves now', ...releaseCells(from)],
      ['would serve', ...releaseCells(to)],
    ]),
    ...section('how', modeLines(outlook)),
    ...section('config values that change back', config),
    ...section('domains', [...domains.added.map(one => `+${one}`), ...domains.removed.map(one => `-${one}`)]),
    ...section(`migrations that release ${to.release} does not have, newest first`, leftLines(outlook)),
    ...section('migrations that the database lacks', outlook.schema.lacking),
    ...section('the database', outlook.schema.unknown === null ? [] : [outlook.schema.unknown]),
    ...section(...restoreLines(outlook)),
    ...verdict,
  ]
}

const modeLines = ({ mode, reasons }: RollbackOutlook): readonly string[] => {
  if (mode === null) return []
  const sure = mode === 'hot' ? ['if the running app agrees, which the rollback asks'] : []
  return [`${mode}${reasons[0] ? `: ${reasons[0]}` : ''}`, ...reasons.slice(1), ...sure]
}

const leftLines = ({ schema: { left } }: RollbackOutlook): readonly string[] =>
  table(left.map(({ version, name, reversible, why }) => [`${version} ${name}`, backOf(reversible, why)]))

const backOf = (reversible: boolean | null, why: string | null): string => {
  if (reversible === null) return `perhaps: ${why}`
  return reversible ? 'can be rolled back' : `cannot be rolled back: ${why}`
}

const restoreLines = ({ schema: { restore } }: RollbackOutlook): [string, readonly string[]] => [
  `to take the data back, too, to before release ${restore?.before}`,
  restore?.commands ?? [],
]
