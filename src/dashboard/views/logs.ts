import { html } from 'hono/html'
import type { Html } from './parts.js'

/** Shows the log of an app as it grows. */
export const logsView = (project: string): Html => html`
<div data-stream="/apps/${project}/logs/stream">
  <div class="bar"><label class="sr" for="search">Search the lines</label>
  <input id="search" type="search" placeholder="Search…" autocomplete="off" spellcheck="false" data-search>
  <span class="muted" data-count aria-live="polite"></span></div>
  <p class="notice busy" data-lost hidden>The connection is lost. The app goes on without it; trying again…</p>
  <div data-view></div>
  <div class="log tall" data-lines tabindex="0" role="log" aria-label="What ${project} writes" aria-live="off"></div>
</div>
<noscript><p class="notice busy">The log needs JavaScript. In a terminal: <code>gatling logs ${project} -f</code></p></noscript>`
