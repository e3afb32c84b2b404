import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { collect, type Output, root, run } from '../helpers/world.js'

/** A Debian server with systemd and its own disk and network. */
export interface Machine {
  readonly name: string
  /** Its IP address, which only this host and the lab's other machines can reach. */
  readonly address: string
  /** Runs a program as root on its console, not over the network. Throws if it takes longer than a minute. */
  run(argv: readonly [string, ...string[]], options?: { input?: string; timeoutMs?: number }): Promise<Output>
  /** Runs a bash script (with -e) as root. @returns its output. Throws with its output unless it ends with 0. */
  sh(script: string, options?: { timeoutMs?: number }): Promise<string>
  /** Waits until a bash condition holds. It polls on the machine, because each call from here starts ten processes. Throws after 2 minutes. */
  until(condition: string, what: string): Promise<void>
  /** Returns options for ssh to this machine. @param key the path of a private key; root accepts the lab's. */
  sshOptions(key?: string): string[]
  put(path: string, text: string, mode?: number): Promise<void>
  reboot(): Promise<void>
  /** Cuts the power: data that was not synced is lost, and no connection is closed. `boot` brings the machine back. */
  powerCut(): Promise<void>
  boot(): Promise<void>
  /** Makes its disk read-only, as after an error of the disk (ext4(5), errors=remount-ro), until a power cut and `boot`. */
  readOnly(): Promise<void>
  off(): Promise<void>
  /** Pulls its network cable, until `uncut` or the next `boot`. */
  cut(): Promise<void>
  uncut(): Promise<void>
}

export interface MachineOptions {
  readonly suite?: 'trixie' | 'bookworm'
  /** `ready` has packages installed that `bare` can only install by apt. `fleet` also has Docker and WireGuard. */
  readonly image?: 'bare' | 'ready' | 'fleet'
  readonly size?: string
  /** A folder of the host, which the machine has as `/srv/shared`. */
  readonly share?: string
}

/** A switch with machines. */
export interface Lab {
  /** The path of a private key. */
  readonly key: string
  readonly hostAddress: string
  /** Makes and boots a machine with Debian 13 or 12. */
  machine(name: string, options?: MachineOptions): Promise<Machine>
  /** Removes the switch and all machines. */
  close(): Promise<void>
}

const script = fileURLToPath(new URL('lab.sh', import.meta.url))

/** Makes a lab. Its first machine takes minutes if the image is missing, for which `beforeAll` must leave time. */
export const createLab = async (): Promise<Lab> => {
  const folder = await lab('up', String(process.pid))
  const number = basename(folder)
  const key = join(folder, 'key')
  copyGatling(join(folder, 'gatling'))
  return {
    key,
    hostAddress: `10.98.${number}.1`,
    machine: async (name, { suite = 'trixie', image = 'ready', size = '', share = '' } = {}) => {
      const address = await lab('new', number, name, suite, image, size, share)
      await lab('boot', number, name)
      return machine(number, name, address, key, join(folder, 'm', name, 'known_hosts'))
    },
    close: async () => {
      await lab('down', number)
    },
  }
}

const machine = (
  number: string,
  name: string,
  address: string,
  labKey: string,
  knownHosts: string,
): Machine => {
  const verb = (verb: string) => async (): Promise<void> => {
    await lab(verb, number, name)
  }
  const run: Machine['run'] = async (argv, { input = '', timeoutMs = 60_000 } = {}) => {
    // It has its own process group, so that all its processes can be killed.
    const child = spawn('bash', [script, 'x', number, name, ...argv], { detached: true })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      if (child.pid) process.kill(-child.pid, 'SIGKILL')
      // A background process can hold these open.
      child.stdout.destroy()
      child.stderr.destroy()
    }, timeoutMs)
    const output = await collect(child).finally(() => clearTimeout(timer))
    if (isLate) throw new Error(`${name}: not done in ${timeoutMs} ms: ${argv.join(' ')}\n${output.text}`)
    return output
  }
  const sh: Machine['sh'] = async (script, options) => {
    const { code, stdout, text } = await run(['bash', '-ec', script], options)
    if (code !== 0) throw new Error(`${name}: ended with ${code}: ${script}\n${text}`)
    return stdout
  }
  return {
    name,
    address,
    run,
    sh,
    until: async (condition, what) => {
      const looks = `for look in {1..1200}; do if ${condition}; then exit; fi; sleep .1; done; exit 1`
      try {
        await sh(looks, { timeoutMs: 180_000 })
      } catch (error) {
        throw new Error(`waited in vain for: ${what}`, { cause: error })
      }
    },
    sshOptions: (key = labKey) => {
      const options = {
        IdentitiesOnly: 'yes',
        UserKnownHostsFile: knownHosts,
        GlobalKnownHostsFile: '/dev/null',
        StrictHostKeyChecking: 'yes',
        BatchMode: 'yes',
        LogLevel: 'ERROR',
        // The default costs each client a tenth of a second of processor time.
        KexAlgorithms: 'curve25519-sha256',
        ConnectTimeout: '10',
        // Without it, a client that only waits would not notice a power cut.
        ServerAliveInterval: '5',
      }
      return ['-F', 'none', '-i', key, ...Object.entries(options).flatMap(([k, v]) => ['-o', `${k}=${v}`])]
    },
    put: async (path, text, mode = 0o644) => {
      const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"'
      const { code, stderr } = await run(['sh', '-c', script, 'put', path, mode.toString(8)], { input: text })
      if (code !== 0) throw new Error(`${name}: cannot write ${path}: ${stderr}`)
    },
    reboot: verb('reboot'),
    powerCut: verb('powercut'),
    boot: verb('boot'),
    readOnly: verb('readonly'),
    off: verb('off'),
    cut: verb('unplug'),
    uncut: verb('plug'),
  }
}

const lab = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(['bash', script, ...args], {
    env: { GATLING_LAB_NODE: process.execPath },
  })
  if (code !== 0) throw new Error(`lab.sh ${args.join(' ')} ended with ${code}:\n${stderr}`)
  return stdout.trim()
}

/** Returns a folder with the packages that a machine upgraded from Debian 12 to 13 has. */
export const postgres15 = (): Promise<string> => lab('postgres15')

/** Copies the package with its dependencies, as `npm install -g` installs it. */
const copyGatling = (folder: string): void => {
  const packageOf = (path: string): { files: string[]; dependencies?: Record<string, string> } =>
    JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  for (const path of ['package.json', ...packageOf(root).files]) {
    if (existsSync(join(root, path))) cpSync(join(root, path), join(folder, path), { recursive: true })
  }
  const add = (from: string): void => {
    for (const name of Object.keys(packageOf(from).dependencies ?? {})) {
      const path = join('node_modules', name)
      if (existsSync(join(folder, path))) continue
      cpSync(join(root, path), join(folder, path), { recursive: true })
      add(join(root, path))
    }
  }
  add(root)
}
