import type { Finding } from './engine.js'

/**
 * Everything that keeps an upgrade from being hot. `cannot`: a running node cannot do this upgrade. `doubt`: the
 * upgrade could go wrong; `--mode hot` takes the risk.
 */
interface ReasonKind {
  readonly weight: 'cannot' | 'doubt'
  /** One sentence for docs/hot-upgrades.md. */
  readonly about: string
  readonly say: (finding: Finding) => string
}

const cannot = (about: string, say: ReasonKind['say']): ReasonKind => ({ weight: 'cannot', about, say })
const doubt = (about: string, say: ReasonKind['say']): ReasonKind => ({ weight: 'doubt', about, say })
const because = (detail: string): string => (detail ? ` (${detail})` : '')

/**
 * Describes a change such as `1.4.5 -> 1.4.6`. A dependency that contains code of others, such as Jason's encoders, can
 * change without a new version.
 */
const howItChanged = (detail: string): string => {
  const [from, to] = detail.split(' -> ')
  return from === to ? `compiles to other code (still ${from})` : `changed${because(detail)}`
}

export const reasons: Readonly<Record<string, ReasonKind>> = {
  // the machine and the configuration
  erts_changed: cannot('Another Erlang VM.', ({ detail }) => `the Erlang VM changed${because(detail)}`),
  erts_elsewhere: cannot(
    'The machine has the Erlang of another OTP than both releases, as a rollback can meet after an upgrade of Erlang.',
    ({ what, detail }) =>
      `both releases have the Erlang VM ${what}, and this machine has another${because(detail)}, which cannot upgrade their nodes`,
  ),
  otp_changed: cannot(
    'Another version of an app of Erlang or Elixir.',
    ({ what, detail }) => `${what} of Erlang/Elixir ${howItChanged(detail)}`,
  ),
  vm_args_changed: cannot('`vm.args`: read when the VM boots.', () => 'vm.args changed'),
  env_sh_changed: cannot('`env.sh`: read when the VM boots.', () => 'env.sh changed'),
  config_changed: cannot(
    'A config value, compared once `runtime.exs` is evaluated.',
    ({ what }) => `config ${what} changed`,
  ),
  environment_changed: cannot(
    'A value of `gatling config`, or the host name: given to a process when it starts.',
    ({ what }) => `${what} was set, changed or unset since the app started`,
  ),
  app_spec_changed: cannot(
    '`mod`, `env`, start phases, included apps or start type of an app.',
    ({ what, detail }) => `the ${detail} of :${what} changed in its application specification`,
  ),
  native_changed: cannot(
    'Native code: a NIF, a shared library, `@on_load`.',
    ({ what, detail }) => `native code changed: ${what}${because(detail)}`,
  ),
  // dependencies
  dependency_changed: cannot(
    'A dependency changed; hot with `dependencies = "hot"`.',
    ({ what, detail }) => `the dependency ${what} ${howItChanged(detail)}`,
  ),
  dependency_added: cannot(
    'A new dependency; hot with `dependencies = "hot"`.',
    ({ what, detail }) => `the dependency ${what} is new${because(detail)}`,
  ),
  dependency_removed: cannot('A dependency was removed.', ({ what }) => `the dependency ${what} was removed`),
  long_poll_token: doubt(
    'A warning of a swap: Phoenix before 1.8.10 and Phoenix 1.9 do not understand the long polls of each other.',
    ({ detail }) =>
      `a page of Phoenix 1.9 cannot long poll a version before 1.8.10 (${detail}). After a rollback to the old version, people must reload such pages. To avoid that, deploy Phoenix 1.8.10 or later in between`,
  ),
  // supervision
  children_changed: cannot(
    'A supervised child with other arguments, restart or type.',
    ({ what }) => `the start of the child ${what} changed`,
  ),
  supervisor_changed: cannot(
    'The strategy or limits of a supervisor, or a supervisor whose children Gatling cannot see.',
    ({ what, detail }) => `the supervisor ${what} changed${because(detail)}`,
  ),
  child_mixes: cannot(
    'A new child needs changed code when it starts, which is before the code is replaced.',
    ({ what }) => `the new child ${what} needs changed code when it starts`,
  ),
  start_changed: doubt(
    '`Application.start/2` changed, and does more than list its children.',
    ({ what, detail }) =>
      `${what}.start/2 changed, and does more than list its children${detail ? `: it calls ${detail}` : ''}`,
  ),
  // state
  state_changed: doubt(
    'The state that `init/1` builds changed, without a `code_change/3` for running processes.',
    ({ what, detail }) =>
      `the state that init/1 of ${what} builds changed${because(detail)}, without a new code_change/3 for running processes`,
  ),
  process_changed: cannot(
    '`start_link` or `child_spec` of a process.',
    ({ what }) => `the start of ${what} changed`,
  ),
  struct_changed: doubt(
    'The fields of a struct.',
    ({ what }) => `the fields of the struct ${what} changed, and running processes may hold one`,
  ),
  columns_changed: cannot(
    'The column of a field of an Ecto schema: Ecto keeps queries that ask for the old column.',
    ({ what, detail }) =>
      `the column of a field of ${what} changed${because(detail)}, and Ecto has cached queries that ask for the old one`,
  ),
  view_changed: doubt(
    '`mount`, `handle_params`, `update` or `join` of a LiveView, component or channel.',
    ({ what, detail }) =>
      `the assigns that ${what} makes when it opens changed${because(detail)}, and open ones would lack them`,
  ),
  endpoint_changed: cannot('The sockets of an endpoint.', ({ what }) => `the sockets of ${what} changed`),
  migration_one_way: doubt(
    'Going back: `code_change/3` has no clause for `{:down, vsn}`.',
    ({ what }) => `code_change/3 of ${what} has no clause for {:down, vsn}, so its state cannot go back`,
  ),
  // code
  function_gone: doubt(
    'A function that other modules call was removed, or takes other arguments.',
    ({ what, detail }) =>
      `${what}, which ${detail} calls, was removed; a running request could still call it`,
  ),
  priv_changed: doubt(
    'A file in `priv/` that the app may have read when it started.',
    ({ what }) => `${what} changed, and the app may have read it when it started`,
  ),
  // what runs
  old_code_used: cannot(
    'A process still uses the code of the release before the last.',
    ({ what, detail }) => `${detail} still uses the code of ${what} from before the last upgrade`,
  ),
  closure_stored: cannot(
    'ETS or a persistent term keeps a closure made by old code.',
    ({ what }) => `ETS or a persistent term still keeps a closure that ${what} made before the last upgrade`,
  ),
  closure_uncounted: cannot(
    'Something may keep a closure made by old code: this Erlang/OTP cannot tell.',
    ({ what, detail }) =>
      `ETS or a persistent term may still keep a closure that ${what} made before the last upgrade; ${detail} cannot report it`,
  ),
  loop: cannot(
    'A supervised process loops in code that changes.',
    ({ what }) => `${what} loops in code that changes, and would never leave it`,
  ),
  process_busy: cannot(
    'A process that must migrate did not answer in time.',
    ({ what }) => `${what} is too busy to be migrated`,
  ),
  child_failed: cannot(
    'A new child or dependency does not start.',
    ({ what, detail }) => `${what} did not start in the running app: ${detail}`,
  ),
  node_differs: cannot(
    'The node runs other code than its release.',
    ({ what, detail }) => `${what}: ${detail}`,
  ),
  generations: cannot(
    'The node has had `max_hot_generations` hot upgrades.',
    ({ what }) =>
      `the app has had ${what} hot upgrades since it started, as many as max_hot_generations allows`,
  ),
  busy: cannot('Another upgrade still runs in the node.', ({ what }) => what),
  unsupported: cannot(
    'This OTP does not behave as Gatling needs.',
    ({ what, detail }) => `${detail} fails the test of ${what}`,
  ),
  unreachable: cannot(
    'The running node does not answer.',
    ({ what }) => `the running app does not answer: ${what}`,
  ),
  unknown: cannot('Gatling cannot look into the new release without starting it.', ({ what }) => what),
  left_over: cannot(
    'After an upgrade, something of the old release could not be removed.',
    ({ what }) => `the upgrade left something of the old release: ${what}`,
  ),
  crashed: cannot(
    'The engine itself failed; the node is as it was.',
    ({ what }) => `the upgrade failed: ${what}`,
  ),
}

const unforeseen: ReasonKind = cannot('', ({ code, what, detail }) => `${code}: ${what}${because(detail)}`)

export const reasonOf = (code: string): ReasonKind => reasons[code] ?? unforeseen

/** Writes the table in docs/hot-upgrades.md. */
export const reasonReference = (): string => {
  const rows = Object.entries(reasons).map(
    ([code, { weight, about }]) =>
      `| \`${code}\` | ${weight === 'doubt' ? 'doubt' : 'impossible'} | ${about} |`,
  )
  return `\n| reason | | |\n| --- | --- | --- |\n${rows.join('\n')}\n\n`
}
