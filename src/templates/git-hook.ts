/**
 * Writes the `proc-receive` hook of an app's repository. git gives it every pushed ref, and shows its answer to the
 * person who pushes, so the push ends as the deploy does (githooks(5), proc-receive).
 */
export const gitHook = (program: readonly string[], home: string, project: string): string => `#!/bin/sh
# Written by gatling load. Every ref that is pushed to ${project} passes here: the deploy branch is deployed.
GATLING_HOME=${quote(home)} ${program.map(quote).join(' ')} receive ${quote(project)}
status=$?
# git itself would only say that the push was rejected.
[ $status -le 128 ] || echo "This push no longer sees its deploy. If the deploy had begun, it goes on: gatling attach ${project}" >&2
exit $status
`

/**
 * The `pre-receive` hook of an app's repository. git refuses commits that lack a part of their history. It calls this
 * hook anyway, which explains the cause: a shallow clone.
 */
export const historyHook = `#!/bin/sh
# Written by gatling load. Explains why git refuses the push of a shallow clone.
while read -r _ new ref; do
  case "$new" in *[!0]*) ;; *) continue ;; esac
  git rev-list --quiet "$new" --not --all 2>/dev/null && continue
  echo "$ref lacks a part of its history, as in a shallow clone. Fetch the rest, then push again:" >&2
  echo "git fetch --unshallow (in GitHub Actions: fetch-depth: 0 for actions/checkout)" >&2
done
exit 0
`

/**
 * Writes the command that git runs before it writes a push, for each repository whose objects it shares (git-config(1),
 * core.alternateRefsCommand). If git cannot write objects, it calls no hook, so this command names the folder.
 * @param said the lines to write, with `folder` in the place of the closed folder.
 */
export const closedCommand = (said: readonly string[], folder: string): string => {
  const words = said.map(line => line.split(folder).map(quote).join('"$PWD/$closed"'))
  return `closed=$(find objects -maxdepth 1 -type d ! -writable -print -quit); [ -z "$closed" ] || printf '%s\\n' ${words.join(' ')} >&2; :`
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
