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
