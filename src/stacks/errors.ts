import { error } from '../core/error.js'

export const stackAmbiguous = error(
  'STACK_AMBIGUOUS',
  'The pushed revision looks like two kinds of app, and gatling.toml does not choose one.',
  (found: readonly { readonly name: string; readonly by: string }[]) => ({
    message: `this repository can be ${found.map(({ name, by }) => `${name} (${by})`).join(' or ')}`,
    hint: `Say in gatling.toml which it is: [app] stack = "${found[0]?.name}". Then commit and push again.`,
  }),
)

export const siteEmpty = error(
  'SITE_EMPTY',
  'The folder of a static site has no index.html.',
  (folder: string) => ({
    message: `there is no index.html in ${folder}`,
    hint: 'Name the folder in gatling.toml, [app] folder, and the command that fills it, [build] command.',
  }),
)
