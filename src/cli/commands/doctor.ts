import pc from 'picocolors'
import type { Finding } from '../../doctor/finding.js'
import { type Diagnosis, diagnose, findingsIn } from '../../queries/doctor.js'
import { isServer } from '../../state/server.js'
import { needsRoot, notAServer } from '../errors.js'
import { print, printJson } from '../output.js'

/** Checks the server and its apps before anything breaks. */
export const doctor = async (project: string | undefined, options: { json?: boolean }): Promise<void> => {
  if (!isServer()) throw notAServer('doctor')
  if (process.geteuid?.() !== 0) throw needsRoot('doctor')
  const diagnosis = await diagnose(project)
  if (options.json) printJson(diagnosis)
  else print(...linesOf(diagnosis))
  if (findingsIn(diagnosis).some(({ level }) => level === 'problem')) process.exitCode = 1
}

/** Writes one line for each finding, under its subject. */
export const linesOf = (diagnosis: Diagnosis): string[] => [
  ...group('The server', diagnosis.server),
  ...diagnosis.apps.flatMap(({ project, findings }) => ['', ...group(project, findings)]),
  '',
  summary(findingsIn(diagnosis)),
]

const group = (title: string, findings: readonly Finding[]): string[] => [
  pc.bold(title),
  ...findings.flatMap(({ level, text, remedy }) => [
    `  ${marks[level]} ${text}`,
    ...(level === 'ok' || remedy === null ? [] : [pc.dim(`      ${remedy}`)]),
  ]),
]

const marks = { ok: pc.green('✓'), warning: pc.yellow('!'), problem: pc.red('✗') }

const summary = (findings: readonly Finding[]): string => {
  const count = (wanted: Finding['level']): number => findings.filter(({ level }) => level === wanted).length
  const problems = count('problem')
  const warnings = count('warning')
  if (problems === 0 && warnings === 0) return pc.green('Everything is as it should be.')
  const said = `${counted(problems, 'problem')}, ${counted(warnings, 'warning')}`
  return problems > 0 ? pc.red(said) : pc.yellow(said)
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
