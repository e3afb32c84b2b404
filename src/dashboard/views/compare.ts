import { html } from 'hono/html'
import { count } from '../../core/count.js'
import type { Comparison, Named } from '../answers.js'
import { commit, empty, facts, grid, type Html, names, nothing, plain, when } from './parts.js'

/** Shows what differs between two releases. */
export const compareView = (project: string, comparison: Comparison): Html => {
  const { from, to, commits, config, code } = comparison
  const modules = code?.modules
  return html`<div class="head"><h2>Release ${from.release} and release ${to.release}</h2>
<span class="acts end"><a class="button" href="/apps/${project}/compare?from=${to.release}&to=${from.release}">The other way round</a>
<a class="button" href="/apps/${project}/releases">Choose others</a></span></div>
${facts([
  ['From', nameOf(from)],
  ['To', nameOf(to)],
])}
${isSame(comparison) ? empty('Nothing differs', html`<p>Commits, code, migrations and names of config values are the same.</p>`) : nothing}
${commitsView('more', commits.added)}
${commitsView('less', commits.removed)}
${names('Changed modules', modules?.changed ?? [])}
${names('Added modules', modules?.added ?? [])}
${names('Removed modules', modules?.removed ?? [])}
${names('Apps with another version', code?.apps ?? [])}
${names('Added migrations', code?.migrations.added ?? [])}
${names('Removed migrations', code?.migrations.removed ?? [])}
${names('Config values that differ', config)}
${code?.files ? html`<p class="muted small">Static files differ.</p>` : nothing}`
}

const nameOf = ({ release, revision, subject, by, at }: Named): Html =>
  html`release ${release} ${commit(revision)}<small>${plain(subject, 90)}</small><small>${by === null ? nothing : html`by ${plain(by, 40)}, `}${when(at)}</small>`

const commitsView = (more: 'more' | 'less', commits: Comparison['commits']['added']): Html =>
  commits.length === 0
    ? nothing
    : html`<h3>${count(commits.length, 'commit')} ${more}</h3>${grid(
        `Commits ${more}`,
        ['Commit', 'What', 'By', 'When'],
        commits.map(one => [commit(one.revision), plain(one.subject, 120), plain(one.by, 40), when(one.at)]),
      )}`

const isSame = ({ commits, config, code }: Comparison): boolean => {
  const { modules, migrations, apps, files } = code ?? {}
  const lists = [commits.added, commits.removed, config, modules?.added, modules?.changed, modules?.removed]
  return (
    files !== true &&
    [...lists, apps, migrations?.added, migrations?.removed].every(one => (one ?? []).length === 0)
  )
}
