import type { Command } from '../core/host.js'

const quiet = (...argv: [string, ...string[]]): Command => ({ argv, quiet: true })

export const makeDir = (path: string): Command => quiet('mkdir', '-p', '--', path)

/** Nothing happens where there is nothing. */
export const remove = (path: string): Command => quiet('rm', '-rf', '--', path)

/** To another name, whatever was there. */
export const move = (from: string, to: string): Command =>
  quiet('sh', '-c', 'rm -rf -- "$2" && mkdir -p -- "$(dirname -- "$2")" && mv -- "$1" "$2"', 'move', from, to)

/** The contents of one folder into another, with their modes and times; shares blocks where the disk can. */
export const copyTree = (from: string, to: string): Command =>
  quiet('cp', '-a', '--reflink=auto', '--', `${from}/.`, to)

/** Has all that was written to the disk of a folder reach it (sync(1)); a power cut would leave files empty. */
export const flush = (path: string): Command => quiet('sync', '-f', path)

/** What {@link hold} ends with when somebody else has held the lock all the time (sysexits.h, EX_TEMPFAIL). */
export const isHeldStatus = 75

/** Holds a lock until its input ends, and says when it has it. */
export const hold = (file: string, mostSeconds: number): Command =>
  quiet(
    'flock',
    ...['--timeout', String(mostSeconds), '--conflict-exit-code', String(isHeldStatus)],
    ...[file, 'sh', '-c', 'echo held; exec cat'],
  )

export const isExecutable = (path: string): Command => quiet('test', '-x', path)

export const isFile = (path: string): Command => quiet('test', '-f', path)

/** How long static files of earlier releases are kept for pages that are still open, in days. */
const keptDays = 30

/**
 * Gives the static files of a release to the proxy, which keeps those of earlier ones. Links take no room, but in a unit of
 * systemd each folder that it may write is a mount of its own, and no link leads from one to another (link(2), EXDEV). A
 * file that cannot be copied, the app serves itself.
 */
export const publish = (releaseDir: string, publicDir: string): Command =>
  quiet(
    'sh',
    '-ec',
    `find "$2" -type f -mtime +${keptDays} -delete
for static in "$1"/lib/*/priv/static; do
  [ ! -d "$static" ] || cp -RPlf -- "$static/." "$2" 2>/dev/null || cp -RPpf --reflink=auto -- "$static/." "$2" || :
done
chmod -R u+rwX,go+rX -- "$2"`,
    'publish',
    releaseDir,
    publicDir,
  )

/** Removes a kept folder whose name is a file's now, and a kept file whose name is a folder's. */
const makeWay =
  'new=$1; shift; for old; do if [ -d "$old" ]; then [ ! -f "$new/$old" ]; else [ ! -d "$new/$old" ]; fi || rm -rf -- "$old"; done'

/**
 * Puts a site into the folder of a slot, where the proxy finds it, without symbolic links and hidden names (RFC 8615 makes
 * one public). `kept` collects links to all but pages. A file whose only link is there lost the others when its last release
 * left its slot, and that was its last change (unlink(2)).
 */
export const publishSite = (site: string, folder: string, slot: string): Command =>
  quiet(
    'sh',
    '-ec',
    `mkdir -p -- "$2/kept"
rm -rf -- "$2/$3"
cp -a --reflink=auto -- "$1" "$2/$3"
find "$2/$3" -mindepth 1 \\( -type l -o -name '.*' ! -name .well-known \\) -prune -exec rm -rf -- {} +
chmod -R u+rwX,go+rX -- "$2/$3"
chmod u+rwX,go+rX -- "$2" "$2/kept"
( cd -- "$2/kept"; find . -mindepth 1 -depth -exec sh -c '${makeWay}' way "$2/$3" {} + )
cp -RPlf -- "$2/$3/." "$2/kept"
find "$2/kept" -type f \\( -name '*.html' -o -links 1 -ctime +${keptDays} \\) -delete
find "$2/kept" -mindepth 1 -type d -empty -delete
sync -f -- "$2"`,
    'publish',
    site,
    folder,
    slot,
  )

/** The same command, whose output goes into a file of one's own. */
export const intoFile = (command: Command, path: string): Command => ({
  ...command,
  argv: ['sh', '-c', 'umask 077 && exec "$@" >"$0"', path, ...command.argv],
})

/** The same command, whose input is a file. */
export const fromFile = (command: Command, path: string): Command => ({
  ...command,
  argv: ['sh', '-c', 'exec "$@" <"$0"', path, ...command.argv],
})
