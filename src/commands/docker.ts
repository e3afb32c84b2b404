import type { Command } from '../core/host.js'

const docker = (...words: readonly string[]): Command => ({ argv: ['docker', ...words], quiet: true })

/** The image of a seat: a few empty folders and links, in which the machine's own /usr is mounted. */
const image = 'gatling/seat:1'
export const hasImage = docker('image', 'inspect', '--format', 'there', image)

/** Makes the image on this machine. Its id differs between machines, so Swarm must not look it up in a registry. */
export const makeImage: Command = {
  argv: [
    'sh',
    '-ec',
    `d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
mkdir "$d/usr" "$d/seat"
ln -s usr/bin usr/lib "$d"; [ ! -e /usr/lib64 ] || ln -s usr/lib64 "$d"
tar -C "$d" -c . | docker import - "$1"`,
    'sh',
    image,
  ],
  quiet: true,
}

/** The user of a seat. Debian gives this number to nobody, and systemd no dynamic user has it (users-groups(8)). */
export const seatUser = 65_530

const serviceOf = (project: string): string => `gatling-${project}`
const labelOf = (project: string): string => `gatling.${project}`

/** Connects to the keeper of its machine, and waits for the end of the connection. Perl is in every Debian. */
const program = `$SIG{TERM} = sub { exit 0 };
$keeper = IO::Socket::UNIX->new("/seat/socket") or exit 1;
sysread $keeper, $byte, 1;
exit 1;`

/**
 * Makes the service of an app's seats. Its tasks can do nothing: they have no rights, no secrets, and of the machine only
 * its programs and the folder of one socket. Only machines that have the app get one.
 * @param memory what an instance can need, like `512M`; null: unknown.
 */
export const createSeats = (seats: {
  readonly project: string
  readonly count: number
  readonly memory: string | null
  readonly folder: string
}): Command =>
  docker(
    ...['service', 'create', '--detach', '--quiet', '--name', serviceOf(seats.project)],
    ...['--replicas', String(seats.count), '--replicas-max-per-node', '1'],
    ...['--constraint', `node.labels.${labelOf(seats.project)}==yes`],
    ...(seats.memory === null ? [] : ['--reserve-memory', seats.memory]),
    ...['--no-resolve-image', '--network', 'host', '--user', `${seatUser}:${seatUser}`],
    ...['--read-only', '--cap-drop', 'ALL', '--limit-pids', '4', '--limit-memory', '32M'],
    ...['--log-driver', 'none', '--restart-delay', '1s', '--stop-grace-period', '1s'],
    ...['--mount', 'type=bind,src=/usr,dst=/usr,readonly'],
    ...['--mount', `type=bind,src=${seats.folder},dst=/seat,readonly`],
    ...[image, '/usr/bin/perl', '-MIO::Socket::UNIX', '-e', program],
  )

export const scaleSeats = (project: string, count: number): Command =>
  docker('service', 'scale', '--detach', `${serviceOf(project)}=${count}`)
export const removeSeats = (project: string): Command => docker('service', 'rm', serviceOf(project))

/** Prints how many seats are wanted. */
export const countSeats = (project: string): Command =>
  docker('service', 'inspect', '--format', '{{.Spec.Mode.Replicated.Replicas}}', serviceOf(project))
/** Prints the seats that Swarm wants to run, each as a line of JSON. */
export const listSeats = (project: string): Command =>
  docker(
    ...['service', 'ps', '--no-trunc', '--filter', 'desired-state=running'],
    ...['--format', '{{json .}}', serviceOf(project)],
  )
/** Prints the machines, each as a line of JSON. */
export const listMachines = docker('node', 'ls', '--format', '{{json .}}')

/** Says that a machine has an app, or that it no longer has it. */
export const giveApp = (machine: string, project: string): Command =>
  docker('node', 'update', '--label-add', `${labelOf(project)}=yes`, machine)
export const takeApp = (machine: string, project: string): Command =>
  docker('node', 'update', '--label-rm', labelOf(project), machine)

/** Makes Swarm move all seats away from a machine, or give it seats again. */
export const drain = (machine: string): Command =>
  docker('node', 'update', '--availability', 'drain', machine)
export const undrain = (machine: string): Command =>
  docker('node', 'update', '--availability', 'active', machine)

/** Makes a config with this content. It fails if the name is taken: Swarm accepts a name once. */
export const createConfig = (name: string, content: string): Command => ({
  ...docker('config', 'create', name, '-'),
  input: content,
})
/** Prints the content of a config, in base64 and quotes. */
export const readConfig = (name: string): Command =>
  docker('config', 'inspect', '--format', '{{json .Spec.Data}}', name)
export const listConfigs = (name: string): Command =>
  docker('config', 'ls', '--filter', `name=${name}`, '--format', '{{.Name}}')
export const removeConfigs = (names: readonly string[]): Command => docker('config', 'rm', ...names)
