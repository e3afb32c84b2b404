import type { Fault } from '../fault.js'
import type { Random } from '../random.js'
import { inDeploy } from '../round.js'
import type { World } from '../world.js'

/** A limited resource of a machine. */
interface Supply {
  readonly name: string
  /** Chooses how much of it is left. */
  readonly amount: (random: Random) => number
  readonly unit: string
  /** Uses all but this amount of it. */
  readonly take: (world: World, left: number) => Promise<void>
  readonly giveBack: (world: World) => Promise<void>
}

const fill = '/var/lib/fill'

/** Returns a script that leaves this many KB of the disk. */
const fillBut = (kilobytes: number): string =>
  `rm -f ${fill}; free=$(df --output=avail -k / | tail -1); [ $free -le ${kilobytes} ] || fallocate -l $((free - ${kilobytes}))K ${fill}`

export const fillDisk = async (world: World, kilobytes: number): Promise<void> => {
  await world.agent.sh(fillBut(kilobytes))
}
export const emptyDisk = async (world: World): Promise<void> => {
  await world.agent.sh(`rm -f ${fill}`)
}

const disk: Supply = {
  name: 'disk full',
  amount: random => random.pick([random.int(100, 900), random.int(1_000, 8_000), random.int(8_000, 60_000)]),
  unit: 'KB',
  take: fillDisk,
  giveBack: emptyDisk,
}

const many = '/var/lib/many'
/** The inodes that stay free between faults. To use all inodes each time would take longer. */
const spare = 20_000
const makeFiles = `'mkdir $ARGV[0]; for (1 .. $ARGV[1]) { open my $f, ">", "$ARGV[0]/$_" or last }'`
/** Returns a script that makes empty files in a folder until this many inodes are left. */
const takeInodes = (folder: string, left: number): string =>
  `free=$(df --output=iavail / | tail -1); [ $free -le ${left} ] || perl -e ${makeFiles} ${folder} $((free - ${left}))`

const inodes: Supply = {
  name: 'no inode left',
  amount: random => random.pick([0, random.int(1, 40), random.int(40, 600), random.int(600, 3_000)]),
  unit: 'inodes',
  take: async (world, left) => {
    await world.machine.sh(
      `mkdir -p ${many}; [ -d ${many}/kept ] || { ${takeInodes(`${many}/kept`, spare)}; }`,
      { timeoutMs: 300_000 },
    )
    await world.agent.sh(takeInodes(`${many}/now`, left))
  },
  giveBack: async world => {
    await world.agent.sh(`rm -rf ${many}/now`)
  },
}

const run: Supply = {
  name: '/run full',
  amount: random => random.pick([0, random.int(4, 60), random.int(60, 400)]),
  unit: 'KB',
  take: async (world, left) => {
    await world.agent.sh(`mount -o remount,size=$(($(df --output=used -k /run | tail -1) + ${left}))K /run`)
  },
  giveBack: async world => {
    await world.agent.sh('mount -o remount,size=20% /run')
  },
}

/** Uses up a supply at some moment of a deploy. */
const runsOut = ({ name, amount, unit, take, giveBack }: Supply): Fault =>
  inDeploy(name, 'disk', random => {
    const left = amount(random)
    return {
      place: `${left} ${unit} are left`,
      strike: ({ world }) => take(world, left),
      heal: ({ world }) => giveBack(world),
    }
  })

/** Uses up a supply before a deploy begins. */
const isOut = ({ name, amount, unit, take, giveBack }: Supply): Fault =>
  inDeploy(`${name} from the start`, 'disk', random => {
    const left = amount(random)
    return {
      place: `${left} ${unit} are left`,
      ownMoment: true,
      strike: ({ world }) => take(world, left),
      heal: ({ world }) => giveBack(world),
    }
  })

export const shortages: readonly Fault[] = [disk, inodes, run].flatMap(one => [runsOut(one), isOut(one)])
