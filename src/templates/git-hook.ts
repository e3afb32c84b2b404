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

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
