/** Where a release keeps the app's own env.sh, beside the one that Gatling writes. */
export const ownEnvSh = 'env.app.sh'

/** What Gatling sets for an instance, and finds and runs it by; an app's env.sh must not change it. */
const kept = [
  'HOME',
  'PORT',
  'PHX_SERVER',
  'RELEASE_NODE',
  'RELEASE_DISTRIBUTION',
  'RELEASE_COOKIE',
  'RELEASE_TMP',
  'ERL_EPMD_PORT',
  'GATLING_COOKIE',
  'GATLING_NODE',
  'GATLING_FLAGS',
  'GATLING_INSTANCE',
  'GATLING_REVISION',
]

/** Flags of Erlang that ours cannot stand beside: of some the first counts, of some the last, of some none. */
export const takenFlags = ['-name', '-sname', '-start_epmd', '-erl_epmd_port', '-dist_listen', '-epmd_module']
/** What the kernel's parameters begin with that say where a node listens (kernel(6)). */
export const takenParameters = 'inet_dist_'

/** What env.sh ends with when it gives Erlang such a flag (sysexits.h, EX_CONFIG). */
export const flagTakenStatus = 78

/**
 * The env.sh of a release: the app's own, after which what Gatling has set is set again. The app's may add to ERL_AFLAGS, or
 * replace it. A flag that cannot stand beside ours ends the start; it says which, and in which line of the app's it is.
 */
export const envSh =
  (): string => `# Written by Gatling: what it set for this instance holds, whatever ${ownEnvSh} sets.
gatling_own="$RELEASE_ROOT/releases/$RELEASE_VSN/${ownEnvSh}"
${kept.map(name => `gatling_${name}="\${${name}:-}"`).join('\n')}
gatling_ERL_AFLAGS="\${ERL_AFLAGS:-}"
. "$gatling_own"
if [ -n "$gatling_GATLING_NODE" ]; then
${kept.map(name => `  [ -z "$gatling_${name}" ] || export ${name}="$gatling_${name}"`).join('\n')}
  case "\${ERL_AFLAGS:-}" in
    *"$gatling_ERL_AFLAGS"*) ;;
    *) export ERL_AFLAGS="$gatling_ERL_AFLAGS \${ERL_AFLAGS:-}" ;;
  esac
  case "$RELEASE_COMMAND" in
    start* | daemon*)
      for gatling_flag in \${ERL_AFLAGS%%"$GATLING_FLAGS"*} \${ERL_AFLAGS#*"$GATLING_FLAGS"} \${ERL_FLAGS:-} \${ERL_ZFLAGS:-} \${ELIXIR_ERL_OPTIONS:-}; do
        case "$gatling_flag" in
          ${takenFlags.join(' | ')} | ${takenParameters}*)
            echo "gatling: $(grep -n -m 1 -F -e "$gatling_flag" "$gatling_own" | cut -d: -f1) $gatling_flag" >&2
            exit ${flagTakenStatus}
            ;;
        esac
      done
      ;;
  esac
fi
`
