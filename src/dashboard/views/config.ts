import { html } from 'hono/html'
import type { Config } from '../answers.js'
import { twoClicks } from './forms.js'
import { empty, grid, type Html } from './parts.js'

/** Shows the names of an app's values. The page never gets their values. */
export const configView = (project: string, config: Config): Html => html`
${
  config.length === 0
    ? empty('No values yet', html`<p>The app gets each as an environment variable.</p>`)
    : grid(
        'Config values',
        ['Name', 'In logs', ''],
        config.map(({ key, secret }) => [
          html`<code class="name">${key}</code>`,
          secret ? 'hidden' : 'shown',
          html`<span class="acts">${twoClicks(`/apps/${project}/config/${key}/unset`, 'Unset', `From its next deploy on, the app no longer has ${key}.`, `Unset ${key}`)}</span>`,
        ]),
      )
}
<h2>Set a value</h2>
<form method="post" class="sheet" autocomplete="off">
<label>Name <input name="key" required pattern="[A-Za-z_][A-Za-z0-9_]*" placeholder="API_KEY" spellcheck="false"></label>
<label>Value <textarea name="value" rows="2" spellcheck="false"></textarea></label>
<label class="inline"><input type="checkbox" name="public"> Show it in logs and in <code>config list</code></label>
<p><button class="main">Set</button></p>
<p class="muted">The value replaces an earlier one, and the app gets it with its next deploy. The page does not show it again.</p>
</form>
${twoClicks(`/apps/${project}/redeploy`, 'Redeploy', 'Deploys the last requested commit again, with the values as they are now.', `Redeploy ${project}`)}`
