import { html } from 'hono/html'
import { count } from '../../core/count.js'
import type { Diagnosis, Finding } from '../answers.js'
import { type Html, marked, nothing, pill, plain } from './parts.js'

/** Shows the findings of `gatling doctor`, each with its remedy. */
export const doctorView = ({ server, apps }: Diagnosis): Html => {
  const groups = [{ title: 'The server', findings: server }].concat(
    apps.map(({ project, findings }) => ({ title: project, findings })),
  )
  const bad = groups.flatMap(({ findings }) => findings).filter(({ level }) => level !== 'ok').length
  return html`<div class="head"><h1>Doctor</h1>${
    bad === 0 ? pill('good', 'everything is as it should be') : pill('bad', count(bad, 'finding'))
  }</div>
${groups.map(({ title, findings }) => group(title, findings))}`
}

const group = (title: string, findings: readonly Finding[]): Html => {
  const of = (wanted: Finding['level']): readonly Finding[] =>
    findings.filter(({ level }) => level === wanted)
  const fine = of('ok')
  return html`<h2>${title}</h2>
${[...of('problem'), ...of('warning')].map(
  ({ level, text, remedy }) =>
    html`<div class="notice ${level === 'problem' ? 'bad' : 'busy'}"><strong>${plain(text, 1_000)}</strong>${
      remedy === null ? nothing : html`<p>${marked(plain(remedy, 1_000))}</p>`
    }</div>`,
)}
${fine.length === 0 ? nothing : html`<details><summary class="muted">${count(fine.length, 'check')} found nothing</summary><ul>${fine.map(({ text }) => html`<li>${plain(text, 1_000)}</li>`)}</ul></details>`}`
}
