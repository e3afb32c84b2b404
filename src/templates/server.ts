/** The one thing the deploy user may do as root: a program that takes no arguments (sudoers(5), `""`). */
export const sudoers = (user: string, enter: string): string => `# Written by gatling setup.
Defaults!${enter} env_keep += "GATLING_KEY SSH_ORIGINAL_COMMAND SSH_CONNECTION TERM NO_COLOR GIT_PROTOCOL"
${user} ALL=(root) NOPASSWD: ${enter} ""
`

/** certbot runs it when a certificate was renewed, and only then. systemd reports every reload as done, also a refused one. */
export const renewalHook = (gatling: string): string => `#!/bin/sh
# Written by gatling setup: nginx reads certificates when it is reloaded.
exec ${gatling} use-certificates
`

/**
 * needrestart restarts what uses a library that was upgraded, on Ubuntu without asking, in the middle of the day. An app
 * is left alone, and so is a deploy (needrestart.conf, override_rc).
 */
export const needrestart = (): string => `# Written by gatling setup.
$nrconf{override_rc}{qr(^[a-z][a-z0-9_-]*\\@[ab]\\.service$)} = 0;
$nrconf{override_rc}{qr(^gatling-)} = 0;
1;
`
