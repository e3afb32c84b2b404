import type { Command } from '../../../core/host.js'

/** The folder of a release's version, as its own start script finds it. */
const versionDir = `"$1/releases/$(cut -d' ' -f2 "$1/releases/start_erl.data")"`

const inVersion = (releaseDir: string, script: string, ...args: readonly string[]): Command => ({
  argv: ['sh', '-ec', `cd ${versionDir}; ${script}`, 'release', releaseDir, ...args],
  quiet: true,
})

/** Writes a release's env.sh, and keeps mix's own under another name. */
export const replaceEnvSh = (releaseDir: string, text: string, own: string): Command =>
  inVersion(releaseDir, 'mv env.sh "$2"; printf %s "$3" >env.sh', own, text)

/** Runs only the env.sh of a release, as its start does. */
export const tryEnvSh = (
  releaseDir: string,
  releaseName: string,
  env: Readonly<Record<string, string>>,
): Command => ({
  ...inVersion(releaseDir, 'RELEASE_VSN="$(basename "$PWD")"; export RELEASE_VSN; . ./env.sh'),
  env: {
    ...env,
    RELEASE_ROOT: releaseDir,
    RELEASE_NAME: releaseName,
    RELEASE_PROG: releaseName,
    RELEASE_COMMAND: 'start',
  },
})

/**
 * Finds the lines of a release's vm.args that match, each after its number and a colon (grep(1)). The pattern excludes
 * comments.
 */
export const linesOfVmArgs = (releaseDir: string, pattern: string): Command =>
  inVersion(releaseDir, '[ ! -f vm.args ] || grep -nE -e "$2" vm.args || true', pattern)
