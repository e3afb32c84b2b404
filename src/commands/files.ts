import type { Command } from '../core/host.js'

const quiet = (...argv: [string, ...string[]]): Command => ({ argv, quiet: true })

export const makeDir = (path: string): Command => quiet('mkdir', '-p', '--', path)

/** Removes a path, if it exists. */
export const remove = (path: string): Command => quiet('rm', '-rf', '--', path)

/** Moves a path, and replaces what was at the target. */
export const move = (from: string, to: string): Command =>
  quiet('sh', '-c', 'rm -rf -- "$2" && mkdir -p -- "$(dirname -- "$2")" && mv -- "$1" "$2"', 'move', from, to)

/** Copies the content of one folder into another, with modes and times. It shares blocks if the file system can. */
export const copyTree = (from: string, to: string): Command =>
  quiet('cp', '-a', '--reflink=auto', '--', `${from}/.`, to)

/** Flushes the file system of a folder (sync(1)). Without that a power cut can leave files empty. */
export const flush = (path: string): Command => quiet('sync', '-f', path)

/** The exit status of {@link hold} if another process has held the lock all the time (sysexits.h, EX_TEMPFAIL). */
export const isHeldStatus = 75

/** Holds a lock until the input ends, and prints `held` when it has the lock. */
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
 * Gives the static files of a release to the proxy, beside those of earlier releases. Links take no room, but in a unit
 * of systemd each writable folder is a separate mount, and links cannot cross mounts (link(2), EXDEV). Then files are
 * copied. The app itself serves a file that cannot be copied.
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

/** Removes a kept folder if a new file has its name, and a kept file if a new folder has its name. */
const makeWay =
  'new=$1; shift; for old; do if [ -d "$old" ]; then [ ! -f "$new/$old" ]; else [ ! -d "$new/$old" ]; fi || rm -rf -- "$old"; done'

/**
 * Puts a site into the folder of a slot, where the proxy finds it, without symbolic links and hidden names, except the
 * one that RFC 8615 makes public. `kept` collects links to all files except pages. If a file has only the link there,
 * its last release has left its slot. The time of that is the file's last change (unlink(2)).
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

/** Redirects the output of a command into a file that only its user can read. */
export const intoFile = (command: Command, path: string): Command => ({
  ...command,
  argv: ['sh', '-c', 'umask 077 && exec "$@" >"$0"', path, ...command.argv],
})

/** Makes a file the input of a command. */
export const fromFile = (command: Command, path: string): Command => ({
  ...command,
  argv: ['sh', '-c', 'exec "$@" <"$0"', path, ...command.argv],
})

/**
 * Packs folders, each without what is above it, and makes the archive the input of a command (tar(1)). It fails if
 * either fails, which a shell of POSIX cannot tell.
 */
export const pipeTree = (
  trees: readonly { readonly folder: string; readonly name: string }[],
  to: Command,
): Command => ({
  ...to,
  argv: [
    ...(['bash', '-o', 'pipefail', '-c'] as const),
    `n=$1; shift; tar -cf - "\${@:1:n}" | "\${@:n+1}"`,
    'pipe',
    String(trees.length * 3),
    ...trees.flatMap(({ folder, name }) => ['-C', folder, name]),
    ...to.argv,
  ],
})
