import pc from 'picocolors'
import { ago } from '../../core/ago.js'
import type { Sight } from '../../deploy/look.js'
import type { Named } from '../../queries/named.js'
import { outlookOf, type RollbackOutlook } from '../../queries/outlook.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

/** Says what a rollback would do. Ends with 1 if it would be refused. */
export const foretell = async (sight: Sight, json: boolean): Promise<void> => {
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
      ['serves now', ...cellsOf(from)],
      ['would serve', ...cellsOf(to)],
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

/** Writes a release into the cells of a row. */
export const cellsOf = ({ release, revision, subject, by, at }: Named): readonly string[] => [
  `release ${release}`,
  revision.slice(0, 7),
  by ?? '-',
  at === null ? '-' : ago(at),
  subject,
]

/** Writes a list with a title; nothing if the list is empty. */
export const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', pc.bold(title), ...lines.map(line => `  ${line}`)]

const modeLines = ({ mode, reasons }: RollbackOutlook): readonly string[] => {
  if (mode === null) return []
  const sure = mode === 'hot' ? ['if the running app agrees, which the rollback asks'] : []
  return [`${mode}${reasons[0] ? `: ${reasons[0]}` : ''}`, ...reasons.slice(1), ...sure]
}

const leftLines = ({ schema: { left } }: RollbackOutlook): readonly string[] =>
  table(
    left.map(({ version, name, reversible, why }) => [
      `${version} ${name}`,
      { true: 'can be rolled back', false: `cannot be rolled back: ${why}`, null: `perhaps: ${why}` }[
        String(reversible) as 'true' | 'false' | 'null'
      ],
    ]),
  )

const restoreLines = ({ schema: { restore } }: RollbackOutlook): [string, readonly string[]] => [
  `to take the data back, too, to before release ${restore?.before}`,
  restore?.commands ?? [],
]
