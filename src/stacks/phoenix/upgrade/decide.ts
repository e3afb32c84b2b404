import { count } from '../../../core/count.js'
import type { Plan, Reason } from '../../../core/plan.js'
import type { Comparison, Finding, NodeCheck, Preview } from './engine.js'
import { reasonOf } from './reasons.js'
import { trapsOf } from './traps.js'

export interface Facts {
  readonly comparison: Comparison
  readonly preview: Preview | { readonly failed: string }
  readonly node: NodeCheck | { readonly failed: string }
  /** Variables that would have another value if the new release started now. */
  readonly environment: readonly string[]
  /** The mode that the user asked for. `hot`: doubts do not count. */
  readonly asked: 'auto' | 'hot'
  readonly maxGenerations: number
}

/** Decides from all that is known. In doubt it decides for a swap, and gives the doubt as a reason. */
export const decide = (facts: Facts): Plan => {
  const { comparison, preview, node, asked } = facts
  const findings = [
    ...comparison.findings,
    ...facts.environment.map(name => finding('environment_changed', name)),
    ...startFindings(comparison),
    ...('failed' in preview ? [finding('unknown', preview.failed)] : previewFindings(preview, comparison)),
    ...('failed' in node ? [finding('unreachable', node.failed)] : nodeFindings(node, facts.maxGenerations)),
  ]
  const against = findings.filter(({ code }) => asked !== 'hot' || reasonOf(code).weight === 'cannot')
  const plan = draft(facts)
  if (against.length > 0)
    return { ...plan, mode: 'swap', reasons: toReasons([...against, ...trapsOf(comparison.findings)]) }
  if (isNothing(comparison, plan)) return { ...plan, mode: 'noop', reasons: [] }
  return { ...plan, mode: 'hot', reasons: [...toReasons(findings), ...works(plan, comparison)] }
}

const finding = (code: string, what: string, detail = ''): Finding => ({ code, what, detail })

/** The most findings of one kind that are shown. */
const mostOfKind = 5

/** Writes one reason for each finding. After some findings of a kind it only counts the rest. */
const toReasons = (findings: readonly Finding[]): Reason[] =>
  [...new Set(findings.map(({ code }) => code))].flatMap(code => {
    const alike = findings.filter(one => one.code === code)
    const more = alike.length - mostOfKind
    const shownTexts = (more > 1 ? alike.slice(0, mostOfKind) : alike).map(one => ({
      code,
      text: reasonOf(code).say(one),
    }))
    return more > 1 ? [...shownTexts, { code, text: `and ${more} more of this kind` }] : shownTexts
  })

const startFindings = ({ starts }: Comparison): Finding[] =>
  starts.filter(({ pure }) => !pure).map(({ app, detail }) => finding('start_changed', app, detail))

const previewFindings = (
  { config, supervisors, known, unknown }: Preview,
  { starts, mixing, supervisors: changed }: Comparison,
): Finding[] => [
  ...config.map(({ app, key }) => finding('config_changed', configName(app, key))),
  ...supervisors.flatMap(one => [
    ...one.changed.map(child => finding('children_changed', child)),
    ...one.modules.filter(module => mixing.includes(module)).map(module => finding('child_mixes', module)),
    ...one.closures.map(child => finding('child_mixes', child)),
    ...(one.flags ? [finding('supervisor_changed', one.path, 'its strategy or limits')] : []),
  ]),
  // A supervisor with an unchanged init/1 has unchanged children.
  ...changed
    .filter(module => !known.includes(module))
    .map(module =>
      finding('supervisor_changed', module, 'Gatling cannot read its children without starting them'),
    ),
  ...(unknown.length > 0
    ? starts.filter(({ pure }) => pure).map(({ app }) => finding('start_changed', app))
    : []),
]

const configName = (app: string, key: string): string => `:${app}, ${key}`

const nodeFindings = ({ findings, generation, pending }: NodeCheck, most: number): Finding[] => [
  ...findings,
  ...(generation >= most ? [finding('generations', String(generation))] : []),
  ...(pending ? [finding('busy', 'another upgrade of the running app has not ended')] : []),
]

const draft = ({ comparison, preview, node }: Facts): Omit<Plan, 'mode' | 'reasons'> => {
  const { added, changed, removed, migrating } = comparison
  const supervisors = 'failed' in preview ? [] : preview.supervisors
  const counts = 'failed' in node ? [] : node.processes
  return {
    modules: { added, changed, removed },
    migrations: migrating.map(module => ({
      module,
      processes: counts.find(one => one.module === module)?.count ?? 0,
    })),
    children: {
      started: supervisors.flatMap(one => one.added),
      stopped: supervisors.flatMap(one => one.removed),
    },
    config: 'failed' in preview ? [] : preview.config.map(({ app, key }) => configName(app, key)),
  }
}

const isNothing = (
  { static: files, apps }: Comparison,
  { modules, children }: Omit<Plan, 'mode' | 'reasons'>,
): boolean =>
  !files &&
  [apps, modules.added, modules.changed, modules.removed, children.started, children.stopped].every(
    list => list.length === 0,
  )

/** Says what a hot upgrade does. */
const works = (
  { modules, migrations, children }: Omit<Plan, 'mode' | 'reasons'>,
  { static: files, apps }: Comparison,
): Reason[] => {
  const migrated = migrations.filter(({ processes }) => processes > 0)
  const processes = migrated.reduce((sum, one) => sum + one.processes, 0)
  const all = modules.added.length + modules.changed.length + modules.removed.length
  const texts = [
    all > 0 ? `${count(all, 'module')}${names(modules)}` : '',
    processes > 0 ? `${count(processes, 'process migrates', 'processes migrate')} by code_change/3` : '',
    children.started.length > 0
      ? `${count(children.started.length, 'child starts', 'children start')}: ${children.started.join(', ')}`
      : '',
    children.stopped.length > 0
      ? `${count(children.stopped.length, 'child stops', 'children stop')}: ${children.stopped.join(', ')}`
      : '',
    files ? 'static files' : '',
    all === 0 && apps.length > 0 ? `the version of ${apps.join(', ')}` : '',
  ]
  return texts.filter(Boolean).map(text => ({ code: 'hot', text }))
}

const shown = 5

const names = ({ added, changed, removed }: Plan['modules']): string => {
  const all = [...changed, ...added.map(name => `+${name}`), ...removed.map(name => `-${name}`)]
  return all.length > shown ? ` (${all.slice(0, shown).join(', ')}, ...)` : ` (${all.join(', ')})`
}
