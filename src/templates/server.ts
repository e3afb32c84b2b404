/** Writes what the deploy user can do as root: run one program without arguments (sudoers(5), `""`). */
export const sudoers = (user: string, enter: string): string => `# Written by gatling setup.
Defaults!${enter} env_keep += "GATLING_KEY SSH_ORIGINAL_COMMAND SSH_CONNECTION TERM NO_COLOR GIT_PROTOCOL"
${user} ALL=(root) NOPASSWD: ${enter} ""
`

/**
 * Writes the script that certbot runs after it renewed a certificate. systemd reports every reload as done, even one
 * that nginx refused.
 */
export const renewalHook = (gatling: string): string => `#!/bin/sh
# Written by gatling setup: nginx reads certificates when it is reloaded.
exec ${gatling} use-certificates
`

/**
 * Writes the exceptions for needrestart. It restarts every service that uses an upgraded library, on Ubuntu without
 * asking. It leaves apps and deploys alone (needrestart.conf, override_rc).
 */
export const needrestart = (): string => `# Written by gatling setup.
$nrconf{override_rc}{qr(^[a-z][a-z0-9_-]*\\@[ab]\\.service$)} = 0;
$nrconf{override_rc}{qr(^gatling-)} = 0;
1;
`
