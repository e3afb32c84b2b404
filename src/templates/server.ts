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

/**
 * Returns the script that needrestart runs in place of `systemctl restart nginx.service`. That refuses every visitor for 5 s if
 * a WebSocket is open. Another nginx takes the listening sockets over first, and the old one has 5 s to finish (nginx, "Upgrading
 * Executable on the Fly"). systemd finds the new one by its PIDFile.
 */
export const nginxRestart = (): string => `#!/bin/sh
# Written by gatling setup: nginx takes upgraded libraries up, and refuses nobody.
pid() { cat /run/nginx.pid 2>/dev/null; }
old=$(pid) && kill -USR2 "$old" || exec systemctl restart nginx.service
for try in $(seq 100); do
  new=$(pid)
  [ -z "$new" ] || [ "$new" = "$old" ] || break
  sleep .1
done
if [ -z "$new" ] || [ "$new" = "$old" ]; then
  echo 'nginx did not start beside itself, and was left as it is: nginx -t may tell why' >&2
  exit 1
fi
kill -QUIT "$old"
for try in $(seq 50); do kill -0 "$old" 2>/dev/null || exit 0; sleep .1; done
kill -TERM "$old"
`
