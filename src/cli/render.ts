import pc from 'picocolors'
import { ago } from '../core/ago.js'
import { count } from '../core/count.js'
import type { Event } from '../core/event.js'
import type { Plan } from '../core/plan.js'
import { printable } from '../core/printable.js'
import { seconds } from '../core/seconds.js'
import { size } from '../core/size.js'
import type { Traffic } from '../core/traffic.js'
import type { Named } from '../queries/named.js'

/** Writes an event as lines for a person. What another machine says has its name in front. */
export const renderEvent = (event: Event): string[] => {
  const { node } = event
  const lines = linesOf(event)
  return node === undefined ? lines : lines.map(line => `    ${pc.cyan(node)}${line.slice(2)}`)
}

/** Writes an event without its machine. If a kind of event is missing here, this does not compile. */
const linesOf = (event: Event): string[] => {
  switch (event.type) {
    case 'queued':
      return queuedLines(event)
    case 'start':
      return startLines(event)
    case 'step-start':
      return [`${pc.cyan('▸')} ${pc.bold(event.step)}`]
    case 'step-end':
      return [
        event.ok
          ? `  ${pc.green('✓')} ${seconds(event.ms)}${usually(event)}`
          : `  ${pc.red('✗')} ${event.step} failed after ${seconds(event.ms)}${usually(event)}`,
      ]
    case 'hook-start':
      return [`    ${pc.magenta(event.hook)} ${pc.dim(`(${event.file})`)}`]
    case 'hook-end':
      return event.ok ? [] : [`    ${pc.red(`${event.hook} failed`)}`]
    case 'command':
      return [pc.dim(`    $ ${event.text}`)]
    case 'output':
      return [`    ${event.text}`]
    case 'note':
      return [pc.dim(`    ${event.text}`)]
    case 'warning':
      return [`    ${pc.yellow('warning:')} ${event.text}`]
    case 'plan':
      return planLines(event.plan)
    case 'traffic':
      return [pc.dim(`    ${trafficLine(event)}`)]
    case 'live':
      return [
        '',
        pc.green(pc.bold(`✓ Release ${event.release} is live at ${event.url}`)),
        pc.dim(`  ${how[event.mode]}`),
      ]
    case 'undo':
      return []
    case 'failed':
      return failedLines(event)
    case 'end':
      return event.outcome === 'ok' ? [pc.dim(`  ${seconds(event.ms)} in all`)] : []
  }
}

/** Writes the traffic of the old version and of the new one. */
const trafficLine = ({ before, after }: Event & { type: 'traffic' }): string => {
  const pair = (of: (traffic: Traffic) => string | number): string => `${of(before)} → ${of(after)}`
  return [
    `before → after: ${pair(one => one.requests_per_s)} requests/s`,
    ...(before.p95_ms === null || after.p95_ms === null ? [] : [`p95 ${pair(one => one.p95_ms ?? 0)} ms`]),
    `${pair(one => one.error_percent)} % errors`,
    ...(before.memory_bytes === null || after.memory_bytes === null
      ? []
      : [`memory ${pair(one => size(one.memory_bytes ?? 0))}`]),
  ].join(', ')
}

const usually = ({ usual_ms }: Event & { type: 'step-end' }): string =>
  usual_ms === undefined ? '' : pc.yellow(` (usually ${seconds(usual_ms)})`)

const queuedLines = (event: Event & { type: 'queued' }): string[] => {
  const { project, behind, revision, pusher, since, step, at } = event
  const what = revision === '' ? '' : ` of ${revision.slice(0, 7)}`
  const where = step === null ? '' : `, now in ${step}`
  return [
    pc.dim(
      `Waiting for deploy ${behind}${what}, asked for by ${pusher} ${ago(since, Date.parse(at))}${where}.`,
    ),
    pc.dim(`  \`gatling cancel ${project}\` stops that one.`),
  ]
}

const how = {
  start: 'first start of this app',
  auto: '',
  noop: 'noop: the running app was left alone, because nothing that runs has changed',
  hot: 'hot: the running app took over the new code; it was not restarted, and kept its state and connections',
  swap: 'swapped: the new version took over in a new instance, and the old one finishes its requests',
}

/** Writes the decision, with one reason a line. */
const planLines = ({ mode, reasons }: Plan): string[] => {
  const word = pc.bold(mode === 'swap' ? pc.yellow(mode) : pc.green(mode))
  if (mode === 'noop') return [`    ${word}: nothing that runs has changed`]
  const [first, ...others] = reasons.map(({ text }) => text)
  return [`    ${word}: ${first ?? ''}`, ...others.map(text => `    ${' '.repeat(mode.length + 2)}${text}`)]
}

/** Writes a plan with all its details, for `gatling plan`. */
export const planDetails = ({ plan, steps }: Event & { type: 'plan' }): string[] => {
  const { modules, migrations, children, config } = plan
  const sections: [string, readonly string[]][] = [
    ['modules', [...modules.changed, ...signed('+', modules.added), ...signed('-', modules.removed)]],
    [
      'migrate by code_change/3',
      migrations.map(one => `${one.module}: ${count(one.processes, 'process', 'processes')}`),
    ],
    ['children', [...signed('+', children.started), ...signed('-', children.stopped)]],
    ['config', config],
    ['steps', steps.map(({ step, hooks }) => [step, ...hooks.map(hook => pc.magenta(hook))].join('  '))],
  ]
  return [
    '',
    ...planLines(plan),
    ...sections
      .filter(([, lines]) => lines.length > 0)
      .flatMap(([title, lines]) => ['', `    ${pc.bold(title)}`, ...lines.map(line => `      ${line}`)]),
    '',
  ]
}

const signed = (sign: string, names: readonly string[]): string[] => names.map(name => `${sign}${name}`)

const startLines = (event: Event & { type: 'start' }): string[] => {
  const { task, run, revision, release } = event
  const whose =
    release === undefined ? '' : `${task === 'rollback' ? ' to' : ', goes on with'} release ${release}`
  const what = task === 'unload' ? 'unload' : `${task} ${run}${whose} of ${revision.slice(0, 7)}`
  const subject = event.subject ? ` "${event.subject}"` : ''
  return [`${pc.bold(event.project)}: ${what}${subject}, by ${event.pusher}`, '']
}

const failedLines = ({ step, text, hint, serving, code }: Event & { type: 'failed' }): string[] => [
  '',
  pc.red(pc.bold(`✗ NOT DEPLOYED${step ? `: ${step} failed` : ''}`)),
  ...text.split('\n').map(line => `  ${line}`),
  '',
  `  Now:  ${serving}`,
  ...(hint ? [`  Next: ${hint}`] : []),
  pc.dim(`  (${code})`),
]

/** Writes rows in columns of even width, with two spaces between. A cell never breaks its row, whatever it contains. */
export const table = (given: readonly (readonly string[])[]): string[] => {
  const rows = given.map(row => row.map(cell => printable(cell).replace(/[\n\t]+/g, ' ')))
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length)
    })
  return rows.map(row =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Writes a release into the cells of a row. */
export const releaseCells = ({ release, revision, subject, by, at }: Named): readonly string[] => [
  `release ${release}`,
  revision.slice(0, 7),
  by ?? '-',
  at === null ? '-' : ago(at),
  subject,
]

/** Writes a list with a title; nothing if the list is empty. */
export const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', pc.bold(title), ...lines.map(line => `  ${line}`)]
