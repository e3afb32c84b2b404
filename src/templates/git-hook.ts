/**
 * The `proc-receive` hook of an app's repository: git hands it every pushed branch, and reports to the person
 * who pushes what it answers, so the push ends as the deploy did (githooks(5), proc-receive).
 */
export const gitHook = (node: string, cli: string, home: string, project: string): string => `#!/bin/sh
# Written by gatling load. Deploys what is pushed to ${project}.
GATLING_HOME=${quote(home)} exec ${quote(node)} ${quote(cli)} receive ${quote(project)}
`

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
