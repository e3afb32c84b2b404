import { html } from 'hono/html'
import { scriptHref, styleHref } from '../assets.js'
import type { Reach } from '../reach.js'
import type { Html } from './parts.js'

export interface Page {
  readonly title: string
  /** The place in the navigation. */
  readonly here: string
  readonly body: Html
  /** Whether the page refreshes itself while somebody looks at it. */
  readonly refresh?: boolean
}

/** Writes a whole page around its body. */
export const layout = (
  reach: Reach,
  { title, here, body, refresh = false }: Page,
): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Gatling</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 4h8M2 8h12M2 12h8' stroke='%23c8501e' stroke-width='2.4' stroke-linecap='round'/%3E%3C/svg%3E">
<link rel="stylesheet" href="${styleHref}">
<script src="${scriptHref}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="wide">
  <a class="brand" href="/"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 4h8M2 8h12M2 12h8"/></svg>Gatling</a>
  <nav aria-label="Server">${places(reach).map(([path, name]) => link(path, name, here))}</nav>
  <span class="where" title="The commands of this page run there">${reach.name}</span>
</div></header>
<main id="main" class="wide" tabindex="-1"${refresh ? html` data-refresh` : ''}>
${body}
</main>
</body>
</html>`

/** Lists the places of the navigation. Embedded mode has neither other machines nor a server that doctor could check. */
const places = ({ isRemote }: Reach): readonly (readonly [string, string])[] => [
  ['/', 'Apps'],
  ['/audit', 'Audit'],
  ...(isRemote
    ? ([
        ['/nodes', 'Nodes'],
        ['/doctor', 'Doctor'],
      ] as const)
    : []),
]

const link = (path: string, name: string, here: string): Html =>
  html`<a href="${path}"${path === here ? html` aria-current="page"` : ''}>${name}</a>`

/** Writes a page of an app, with links to its other pages. */
export const appPage = (
  { isRemote }: Reach,
  project: string,
  here: string,
  body: Html,
): Html => html`<div class="head">
  <h1><a href="/apps/${project}">${project}</a></h1>
</div>
<nav class="tabs" aria-label="${project}">${tabs
  .filter(([path]) => isRemote || path !== '/database')
  .map(([path, name]) => link(`/apps/${project}${path}`, name, `/apps/${project}${here}`))}</nav>
${body}`

const tabs = [
  ['', 'Overview'],
  ['/releases', 'Releases'],
  ['/logs', 'Logs'],
  ['/config', 'Config'],
  ['/database', 'Database'],
] as const
