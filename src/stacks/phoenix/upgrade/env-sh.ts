/** The name of the app's own env.sh in a release, beside the env.sh that Gatling writes. */
export const ownEnvSh = 'env.app.sh'

/** The variables by which Gatling finds and runs an instance. An app's env.sh must not change them. */
const kept = [
  'HOME',
  'PORT',
  'PHX_SERVER',
  'RELEASE_NODE',
  'RELEASE_DISTRIBUTION',
  'RELEASE_COOKIE',
  'RELEASE_TMP',
  'ERL_EPMD_PORT',
  'ERL_INETRC',
  'DNS_CLUSTER_QUERY',
  'GATLING_COOKIE',
  'GATLING_NODE',
  'GATLING_FLAGS',
  'GATLING_INSTANCE',
  'GATLING_REVISION',
]

/**
 * Flags of Erlang that conflict with Gatling's. If one of them is given twice, the first, the last or none of them
 * counts.
 */
export const takenFlags = ['-name', '-sname', '-start_epmd', '-erl_epmd_port', '-dist_listen', '-epmd_module']
/** The beginning of the kernel's parameters that say where a node listens (kernel(6)). */
export const takenParameters = 'inet_dist_'

/** The exit status of env.sh when it finds such a flag (sysexits.h, EX_CONFIG). */
export const flagTakenStatus = 78

/**
 * Writes the env.sh of a release. It runs the app's own env.sh, and then sets Gatling's values again. The app's can add
 * to ERL_AFLAGS, or replace it. A flag that conflicts with Gatling's ends the start, with the flag and its line in the
 * app's file.
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
