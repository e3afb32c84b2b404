import { streams } from '../commands/ss.js'
import { runCommand } from './capture.js'
import { heldPipesOf, killAll, parentOf, processesWith, titleOf } from './procfs.js'

/**
 * The variable that marks all that a command has started, in any process group. A BEAM starts every program in a new
 * group.
 */
export const commandMark = 'GATLING_COMMAND'

/** How long a program that was left behind may keep its pipe open, in ms. */
const patienceMs = 30_000

/**
 * Ends programs that would block the end of a command: their parents have ended, and they keep open a pipe that the
 * command reads. A BEAM, Node.js and make all wait for the end of such a pipe.
 * @param say reports each program, in one sentence.
 * @returns a function that stops this watch.
 */
export const endLeftBehind = (
  leader: number | undefined,
  mark: string,
  say: (text: string) => void,
  patience = patienceMs,
): (() => void) => {
  const since = new Map<number, number>()
  const look = async (): Promise<void> => {
    const held = leader === undefined ? [] : await leftBehind(leader, mark)
    if (stopped) return
    for (const pid of since.keys()) if (!held.includes(pid)) since.delete(pid)
    for (const pid of held) {
      const first = since.get(pid) ?? performance.now()
      since.set(pid, first)
      if (performance.now() - first < patience) continue
      say(
        `\`${titleOf(pid)}\` still held the output of a program that had ended, and this step waited for it, so Gatling stopped it. Start it with >/dev/null 2>&1`,
      )
      killAll(() => [pid])
    }
  }
  let stopped = false
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, patience / 3)
  return () => {
    stopped = true
    clearInterval(timer)
  }
}

/**
 * Finds processes of a command that no longer descend from it, but keep open a pipe that one of its descendants reads.
 */
const leftBehind = async (leader: number, mark: string): Promise<number[]> => {
  const all = [leader, ...processesWith(commandMark, mark).filter(pid => pid !== leader)]
  const left = all.filter(pid => !descends(pid, leader))
  if (left.length === 0) return []
  // The command's own output goes to this process, which does not wait for its end.
  const own = new Set([...heldPipesOf(process.pid), ...heldPipesOf(leader, [0, 1, 2])])
  const read = new Set(all.filter(pid => !left.includes(pid)).flatMap(pid => heldPipesOf(pid)))
  const peers = await socketPeers()
  return left.filter(pid => heldPipesOf(pid).some(end => !own.has(end) && read.has(peers.get(end) ?? end)))
}

/**
 * Finds the other end of each socket of a nameless pair: Node.js gives its programs such a pair instead of a pipe. A
 * socket with a name belongs to a server, and is none of them.
 */
const socketPeers = async (): Promise<ReadonlyMap<string, string>> => {
  const rows = (await runCommand(streams)).stdout.split('\n').map(row => row.trim().split(/\s+/))
  const nameless = new Map(rows.flatMap(([, , , , name, own, , peer]) => (name === '*' ? [[own, peer]] : [])))
  const pairs = [...nameless].filter(([, peer]) => nameless.has(peer))
  return new Map(pairs.map(([own, peer]) => [`socket:[${own}]`, `socket:[${peer}]`]))
}

const descends = (pid: number, from: number): boolean => {
  for (let at: number | null = pid; at !== null && at > 1; at = parentOf(at)) if (at === from) return true
  return false
}
