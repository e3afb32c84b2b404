import { html } from 'hono/html'
import type { Audit } from '../answers.js'
import { empty, grid, type Html, nothing, pill, plain, when } from './parts.js'

/** Shows who did what, the newest first. */
export const auditView = (audit: Audit): Html => html`<div class="head"><h1>Audit</h1></div>
${
  audit.length === 0
    ? empty('Nothing has been done yet', html`<p>Each request that changes something appears here.</p>`)
    : grid(
        'Audit',
        ['When', 'Who', 'App', 'What', 'Outcome'],
        [...audit]
          .reverse()
          .map(({ at, who, from, project, action, detail, outcome, code }) => [
            when(at),
            html`${plain(who, 60)}${from === null ? nothing : html`<small>${plain(from, 60)}</small>`}`,
            project === null ? '–' : plain(project, 60),
            html`${plain(action, 60)} <span class="muted">${plain(detail, 200)}</span>`,
            outcome === null
              ? html`<span class="muted">–</span>`
              : html`${pill(outcome === 'ok' ? 'good' : 'bad', outcome)}${code === null ? nothing : html`<small>${code}</small>`}`,
          ]),
      )
}`
