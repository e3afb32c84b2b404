/** The settings of a service that a timer runs. It writes nothing to the journal while all is well. */
const quietly = `Type=oneshot
LogLevelMax=notice
# The sites come first.
Nice=10
`

/** Writes the service that turns finished minutes into rows of the apps: see docs/metrics.md. */
export const foldService = (gatling: string): string => `# Written by gatling setup.
[Unit]
Description=Keep what apps answered and used

[Service]
ExecStart=${gatling} fold
${quietly}SyslogIdentifier=gatling-fold
`

const timer = (what: string, calendar: string): string => `# Written by gatling setup.
[Unit]
Description=${what}

[Timer]
OnCalendar=${calendar}
AccuracySec=1s

[Install]
WantedBy=timers.target
`

export const foldTimer = timer('Keep what apps answered and used', '*:0/5:20')
export const sampleTimer = timer('Read what apps use', 'minutely')

export const sampleService = (script: string): string => `# Written by gatling setup.
[Unit]
Description=Read what apps use

[Service]
ExecStart=${script}
${quietly}SyslogIdentifier=gatling-sample
`

export interface Sampling {
  /** The folder with a file for each app. */
  readonly registry: string
  /** The file to which samples are appended. */
  readonly samples: string
  /** The processor time of every instance at the last sample. */
  readonly last: string
  /** The kernel's folder of cgroups. */
  readonly cgroups: string
}

/**
 * Writes a script that appends one line for each app, `minute app cpu-ms memory-KB`. It reads only cgroup files and
 * starts no Node.js, which on a small server would take seconds of every minute. Memory does not include cached files,
 * which the kernel can free at once (cgroups(7); Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst).
 */
export const sampleScript = ({ registry, samples, last, cgroups }: Sampling): string => `#!/bin/sh
# Written by gatling setup.
set -eu
umask 077
[ "$(stat -c %s ${samples} 2>/dev/null || echo 0)" -lt 2000000 ] || mv ${samples} ${samples}.1
exec awk -v seconds="$(date +%s)" '
# The number of a file, or the one beside a word in it; -1: there is none.
function number(path, word,    line, parts, found) {
  found = -1
  while (found == -1 && (getline line < path) > 0) {
    if (word == "") found = line
    else if (split(line, parts, " ") == 2 && parts[1] == word) found = parts[2]
  }
  close(path)
  return found
}
# Beside cgroup v1 systemd has a v2 tree, where the kernel counts this as well.
function cpu(unit) {
  return number(root (unified ? "/" : "/unified/") unit "/cpu.stat", "usage_usec")
}
function memory(unit,    used, files) {
  used = unified ? number(root "/" unit "/memory.current") : number(root "/memory/" unit "/memory.usage_in_bytes")
  if (used == -1) return -1
  files = unified ? number(root "/" unit "/memory.stat", "inactive_file") : number(root "/memory/" unit "/memory.stat", "total_inactive_file")
  return files > 0 && files < used ? used - files : used
}
BEGIN {
  root = "${cgroups}"
  last = "${last}"
  unified = number(root "/cgroup.controllers") != -1
  while ((getline line < last) > 0) {
    split(line, parts, " ")
    before[parts[1]] = parts[2]
    known = 1
  }
  close(last)
  print "at", seconds > last
  for (at = 1; at < ARGC; at++) {
    app = ARGV[at]
    sub(/.*\\//, "", app)
    sub(/\\.json$/, "", app)
    used = 0
    bytes = 0
    for (slot = 1; slot <= 2; slot++) {
      name = app "@" (slot == 1 ? "a" : "b") ".service"
      unit = "system.slice/system-" app ".slice/" name
      now = cpu(unit)
      held = memory(unit)
      if (held > 0) bytes += held
      if (now == -1) continue
      printf "%s %.0f\\n", name, now > last
      # An instance that started since the last sample has used all of it since then.
      if (name in before && now >= before[name]) used += now - before[name]
      else if (known) used += now
    }
    if (bytes > 0) printf "%d %s %.0f %.0f\\n", (seconds - 30) / 60, app, used / 1000, bytes / 1024 >> "${samples}"
  }
}' ${registry}/*.json
`
