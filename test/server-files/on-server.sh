# Runs a script of modules on the files of a server, which are removed at its end; see on-server.ts.
# Programs of units run as their user. systemctl answers yes, and notes each request in /run/asked.
set -e
# Removing an app kills all processes of its user, whose number another user of this machine can have.
[ $$ = 1 ] || exit 1
base=$(mktemp -d)
trap 'umount -l "$base" && rmdir "$base"' EXIT
mount -t tmpfs tmpfs "$base"
for folder in etc var usr/local run; do
  own="$base/$(echo $folder | tr / -)"
  mkdir "$own" "$own.work"
  mount -t overlay -o "lowerdir=/$folder,upperdir=$own,workdir=$own.work" overlay "/$folder"
done
cat >/usr/local/bin/systemctl <<'END'
#!/bin/sh
echo "$*" >>/run/asked
case "$1" in is-*) [ ! -e "/run/$3.not-${1#is-}" ] ;; esac
END
cat >/usr/local/bin/systemd-run <<'END'
#!/bin/sh
while [ "$1" != -- ]; do
  case "$1" in
    --property=User=*) user="${1#*=*=}" ;;
    --property=WorkingDirectory=*) cd "${1#*=*=}" || exit ;;
    --property=LoadCredential=config:*)
      CREDENTIALS_DIRECTORY=$(mktemp -d -p /run)
      export CREDENTIALS_DIRECTORY
      cp "${1#*:}" "$CREDENTIALS_DIRECTORY/config" || exit
      ;;
    --setenv=*) export "${1#*=}" ;;
  esac
  shift
done
shift
chown -R "$user" "$CREDENTIALS_DIRECTORY"
umask 027
exec setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs -- "$@"
END
chmod 755 /usr/local/bin/systemctl /usr/local/bin/systemd-run
mkdir -p /etc/gatling /var/lib/gatling/apps
chmod 755 /var/lib/gatling /var/lib/gatling/apps
echo '{}' >/etc/gatling/server.json
cd "$1"
PATH=/usr/local/bin:$PATH node --input-type=module --eval "
const { install } = await import('$1/dist/server/program.js')
await install()
$2"
