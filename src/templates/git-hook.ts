/**
 * The `proc-receive` hook of an app's repository: git hands it every pushed ref, and reports to the person
 * who pushes what it answers, so the push ends as the deploy did (githooks(5), proc-receive).
 */
export const gitHook = (program: readonly string[], home: string, project: string): string => `#!/bin/sh
# Written by gatling load. Every ref that is pushed to ${project} passes here: the deploy branch is deployed.
GATLING_HOME=${quote(home)} ${program.map(quote).join(' ')} receive ${quote(project)}
status=$?
# git itself would only say that the push was rejected.
[ $status -le 128 ] || echo "This push has lost sight of its deploy, which goes on if it had begun: gatling attach ${project}" >&2
exit $status
`

/**
 * The `pre-receive` hook of an app's repository. git refuses what lacks a part of its history, and calls this anyway, which
 * says what that means: a clone that is shallow.
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
 * What git runs before it writes anything of a push, for each repository whose objects it shares (git-config(1),
 * core.alternateRefsCommand). git calls no hook when it cannot write objects, so this names the folder.
 * @param said what is written of it, in lines, each with `folder` in the place of the folder.
 */
export const closedCommand = (said: readonly string[], folder: string): string => {
  const words = said.map(line => line.split(folder).map(quote).join('"$PWD/$closed"'))
  return `closed=$(find objects -maxdepth 1 -type d ! -writable -print -quit); [ -z "$closed" ] || printf '%s\\n' ${words.join(' ')} >&2; :`
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
