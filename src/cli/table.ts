import { Option } from 'commander'
import type { CommandFacts } from '../access/command.js'
import * as help from './help.js'

/** A command: to add one, write its row here and its file in `commands/`. */
export interface Row extends CommandFacts {
  readonly arguments?: string
  /** A verb and its object. */
  readonly about: string
  /** The text of `--help` after the options. */
  readonly help?: string
  readonly options?: readonly Option[]
  /** Imports the file of the command, when the command runs. */
  readonly load: () => Promise<Action>
}

/** Runs a command. It gets the command's arguments, then its options, as `options` and `arguments` describe them. */
type Action = (...given: never[]) => void | Promise<void>

/** A section of the help. `title` null: people do not call these commands. */
export interface Section {
  readonly title: string | null
  readonly commands: readonly Row[]
}

const json = new Option('--json', 'print JSON, for a script')
const yes = new Option('-y, --yes', 'do not ask')
const mode = new Option(
  '-m, --mode <mode>',
  'choose how to take over: hot changes the running app or fails, swap starts a new instance (default: mode in gatling.toml, else auto)',
).choices(['auto', 'hot', 'swap'])
const events = new Option('--json', 'print its events as JSON, one a line')
const without = new Option('--without <node...>', 'leave these machines of the fleet out')
const force = new Option('--force', 'deploy even if this revision was reverted automatically')

export const sections: readonly Section[] = [
  {
    title: 'A server:',
    commands: [
      {
        name: 'setup',
        about: 'make this machine a server, or repair it',
        help: help.setup,
        options: [
          new Option('--dry-run', 'list the changes, and make none'),
          new Option(
            '--elixir [version]',
            "install Erlang and Elixir, too (default: the system's; with a version, its Erlang and that Elixir)",
          ),
          new Option(
            '--key <file...>',
            'give these public keys every right (default: the keys that can log in as root)',
          ),
        ],
        ...{ runsAs: 'machine', right: null, app: 'none', audit: 'nothing' },
        load: async () => (await import('./commands/setup.js')).setup,
      },
      {
        name: 'teardown',
        about: 'remove every app, and undo what setup did',
        options: [yes],
        ...{ runsAs: 'machine', right: null, app: 'none', audit: 'nothing' },
        load: async () => (await import('./commands/setup.js')).teardown,
      },
      {
        name: 'keys add',
        arguments: '[file]',
        about: 'let a public key in (default: the one on standard input)',
        options: [
          new Option('--app <app...>', 'limit it to these apps (default: all)'),
          new Option(
            '--can <rights>',
            'grant deploy, logs, config, db, console, admin, with commas (default: deploy,logs with --app, else admin)',
          ),
          new Option('--name <name>', "name the key (default: the key's comment)"),
        ],
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'words' },
        load: async () => (await import('./commands/keys.js')).add,
      },
      {
        name: 'keys list',
        about: 'list the keys, and what each may do',
        options: [json],
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: null },
        load: async () => (await import('./commands/keys.js')).list,
      },
      {
        name: 'keys remove',
        arguments: '<name>',
        about: 'revoke a key',
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'words' },
        load: async () => (await import('./commands/keys.js')).remove,
      },
      {
        name: 'tls enable',
        arguments: '<project>',
        about:
          "get a certificate for the app's names, and redirect http to https; run it again after the names change",
        options: [
          new Option(
            '-e, --email <address>',
            'let the authority warn this address before a certificate ends',
          ).makeOptionMandatory(),
          new Option('--authority <url>', "use another ACME directory (default: Let's Encrypt's)"),
        ],
        ...{ runsAs: 'root', right: 'server', app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/tls.js')).enable,
      },
      {
        name: 'tls disable',
        arguments: '<project>',
        about: 'answer on http again, and drop the certificate',
        ...{ runsAs: 'root', right: 'server', app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/tls.js')).disable,
      },
      {
        name: 'elixir install',
        arguments: '<version>',
        about: "install Elixir's precompiled archive for this machine's Erlang",
        options: [
          new Option(
            '--mirror <url>',
            "download from this address (default: $GATLING_ELIXIR_MIRROR, else Elixir's releases on GitHub)",
          ),
          new Option('--from <file>', 'take an archive on this machine, with its checksum file beside it'),
          new Option('--sha256 <hex>', 'require this SHA-256 (default: the one in the checksum file)'),
        ],
        // The address of a mirror can contain a password, so the audit keeps only the version.
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'first' },
        load: async () => (await import('./commands/elixir.js')).install,
      },
      {
        name: 'elixir list',
        about: "list the installed Elixirs, and the machine's own",
        options: [json],
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: null },
        load: async () => (await import('./commands/elixir.js')).list,
      },
      {
        name: 'elixir remove',
        arguments: '<version>',
        about: 'remove an Elixir; releases built with it have their own copy',
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'words' },
        load: async () => (await import('./commands/elixir.js')).remove,
      },
      {
        name: 'doctor',
        arguments: '[project]',
        about: 'check the server and its apps, and say what to fix',
        options: [json],
        ...{ runsAs: 'root', right: 'server', app: 'anywhere', audit: null },
        load: async () => (await import('./commands/doctor.js')).doctor,
      },
    ],
  },
  {
    title: 'More machines:',
    commands: [
      {
        name: 'nodes add',
        arguments: '<root@host>',
        about: 'set up another machine, and add it to the fleet; the first one makes the fleet',
        options: [new Option('--manager', 'make it a manager, so that the fleet lives through a lost lead')],
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'words', asks: true },
        load: async () => (await import('./commands/nodes.js')).add,
      },
      {
        name: 'nodes list',
        about: 'list the machines of the fleet: state, load, and what runs there',
        options: [json],
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: null },
        load: async () => (await import('./commands/nodes.js')).list,
      },
      {
        name: 'nodes remove',
        arguments: '<name>',
        about: 'remove a machine from the fleet, and undo what its add made there',
        options: [yes, new Option('--force', 'have the others forget a machine that does not answer')],
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'words', terminal: true },
        load: async () => (await import('./commands/nodes.js')).remove,
      },
      {
        name: 'nodes update',
        arguments: '[name]',
        about: 'give the other machines the Gatling of this one (default: all of them)',
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'words' },
        load: async () => (await import('./commands/nodes.js')).update,
      },
      {
        name: 'nodes drain',
        arguments: '<name>',
        about: 'move the instances of scaled apps from a machine to the others, and start none there',
        help: help.drain,
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'words' },
        load: async () => (await import('./commands/drain.js')).drain,
      },
      {
        name: 'nodes undrain',
        arguments: '<name>',
        about: 'let a machine run instances again',
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: 'words' },
        load: async () => (await import('./commands/drain.js')).undrain,
      },
      {
        name: 'scale',
        arguments: '<project> [number]',
        about: 'run an app on so many machines of the fleet (default: show on which it runs)',
        help: help.scale,
        options: [json],
        ...{ runsAs: 'root', right: ['deploy'], app: 'first', audit: 'words' },
        load: async () => (await import('./commands/scale.js')).scale,
      },
    ],
  },
  {
    title: 'Set up:',
    commands: [
      {
        name: 'serve',
        about: 'run embedded mode: the apps and a proxy, without root, systemd or nginx',
        help: help.serve,
        options: [
          new Option('-p, --port <port>', 'answer on this port; 0 takes a free one').default('4000'),
          new Option('--host <address>', 'listen on this address').default('127.0.0.1'),
        ],
        ...{ runsAs: 'caller', right: null, app: 'none', audit: null },
        load: async () => (await import('./commands/serve.js')).serveCommand,
      },
      {
        name: 'load',
        arguments: '<project>',
        about: 'make the repository that an app is pushed to',
        help: help.load,
        options: [
          new Option('-b, --branch <name>', 'deploy this branch (default: the first one pushed)'),
          json,
        ],
        ...{ runsAs: 'root', right: 'server', app: 'anywhere', audit: 'words' },
        load: async () => (await import('./commands/load.js')).load,
      },
      {
        name: 'init',
        arguments: '[folder]',
        about: 'write a hook file that names every hook, and add the git remote',
        help: help.init,
        options: [
          new Option('-l, --language <language>', 'write ts or exs').default('exs'),
          new Option(
            '-t, --task <task>',
            'write the hooks of deploy (the first push, and unload) or upgrade',
          ).default('upgrade'),
          new Option('-r, --remote <url>', 'push to this address (default: the project that is loaded here)'),
        ],
        ...{ runsAs: 'caller', right: null, app: 'none', audit: null },
        load: async () => (await import('./commands/init.js')).init,
      },
      {
        name: 'unload',
        arguments: '<project>',
        about: 'stop an app, and remove everything of it',
        options: [yes],
        ...{ runsAs: 'app', right: ['admin'], app: 'first', audit: 'nothing', terminal: true },
        load: async () => (await import('./commands/unload.js')).unload,
      },
      {
        name: 'config set',
        arguments: '<project> <values...>',
        about: 'set KEY=VALUE; a KEY alone reads its value from standard input',
        options: [new Option('--public', 'show the value in logs and in `config list` (default: secret)')],
        ...{ runsAs: 'root', right: ['config'], app: 'first', audit: 'keys' },
        load: async () => (await import('./commands/config.js')).set,
      },
      {
        name: 'config unset',
        arguments: '<project> <keys...>',
        about: 'remove values',
        ...{ runsAs: 'root', right: ['config'], app: 'first', audit: 'keys' },
        load: async () => (await import('./commands/config.js')).unset,
      },
      {
        name: 'config get',
        arguments: '<project> <key>',
        about: 'print one value, as it is',
        ...{ runsAs: 'root', right: ['config'], app: 'first', audit: 'keys' },
        load: async () => (await import('./commands/config.js')).get,
      },
      {
        name: 'config list',
        arguments: '<project>',
        about: 'list the keys, and the values that are public',
        options: [json],
        ...{ runsAs: 'root', right: ['config'], app: 'first', audit: null },
        load: async () => (await import('./commands/config.js')).list,
      },
    ],
  },
  {
    title: 'A database:',
    commands: [
      {
        name: 'db create',
        arguments: '<project>',
        about: 'make a PostgreSQL database for an app, or repair it',
        help: help.dbCreate,
        options: [
          new Option('--deploy', 'deploy the last requested commit with it'),
          new Option('--from <place>', 'restore what another machine put into the storage').choices([
            'storage',
          ]),
          new Option('--at <time>', 'restore it as it was at a time (default: the newest state)'),
        ],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words' },
        load: async () => (await import('./commands/db.js')).create,
      },
      {
        name: 'db info',
        arguments: '<project>',
        about: 'show whether the database answers, its size and its connections',
        options: [json],
        ...{ runsAs: 'root', right: ['db', 'logs'], app: 'first', audit: null },
        load: async () => (await import('./commands/db.js')).info,
      },
      {
        name: 'db backup',
        arguments: '<project>',
        about: 'back up the database now, and once a day from now on',
        options: [
          new Option('--full', 'make a full backup (default: once a week, else only what changed)'),
          new Option(
            '--to <place>',
            'from now on keep backups in the storage as well, or only on this machine (default: no change)',
          ).choices(['storage', 'local']),
        ],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words' },
        load: async () => (await import('./commands/db-backup.js')).backup,
      },
      {
        name: 'db backups',
        arguments: '<project>',
        about: 'list the backups, and when a restore of each was proved',
        options: [json],
        ...{ runsAs: 'root', right: ['db', 'logs'], app: 'first', audit: null },
        load: async () => (await import('./commands/db-backup.js')).backups,
      },
      {
        name: 'db restore',
        arguments: '<project>',
        about:
          'restore the database as it was at an earlier time, beside the live one, which stays untouched',
        help: help.dbRestore,
        options: [
          new Option(
            '--at <time>',
            'take a time before the mistake: 14:03, or 2026-11-28 14:03:00',
          ).conflicts('before'),
          new Option('--before <release>', 'take the moment before the migrations of a release'),
          new Option('--backup <id>', 'take a backup as it was when it ended').conflicts(['at', 'before']),
          new Option(
            '--from <place>',
            'take it from the storage, or from this machine (default: here, else there)',
          ).choices(['storage', 'here']),
        ],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words' },
        load: async () => (await import('./commands/db-restore.js')).restore,
      },
      {
        name: 'db storage',
        arguments: '[address]',
        about:
          'keep the backups of every database and SQLite file in S3-compatible storage, too, encrypted; or show that storage',
        help: help.dbStorage,
        options: [
          new Option(
            '--endpoint <url>',
            "reach the storage at this address (default: Amazon's, of the region)",
          ),
          new Option('--region <name>', 'use this region').default('us-east-1'),
          new Option('--passphrase', 'print the passphrase that everything there is encrypted with'),
          new Option('--remove', 'keep backups only on this machine from now on; those in the storage stay'),
          yes,
        ],
        ...{ runsAs: 'machine', right: null, app: 'none', audit: 'nothing', terminal: true },
        load: async () => (await import('./commands/db-storage.js')).storage,
      },
      {
        name: 'db promote',
        arguments: '<project> <copy>',
        about: 'have the app use a restored database, by a swap; the old one stays beside it for 7 days',
        options: [
          new Option('--release <release>', 'go back to a release in the same swap (default: the live one)'),
        ],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words' },
        otherwise: { options: ['--release'], right: ['db'], also: ['deploy'], audit: 'words' },
        load: async () => (await import('./commands/db-restore.js')).promote,
      },
      {
        name: 'db clone',
        arguments: '<project> <other>',
        about: 'copy the database to another app, which is made if it is new',
        help: help.dbClone,
        options: [
          new Option(
            '--sanitize <file>',
            'run this SQL on the copy before its app can reach it; - reads standard input',
          ),
          new Option('--replace', "replace the other app's database, by a swap"),
        ],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words', input: '--sanitize' },
        load: async () => (await import('./commands/db-clone.js')).clone,
      },
      {
        name: 'db verify',
        arguments: '<project>',
        about: 'prove the newest backup: restore a copy, check its tables, remove the copy',
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/db-restore.js')).verify,
      },
      {
        name: 'db upgrade',
        arguments: '<project> [version]',
        about: 'upgrade the database to a newer major version of PostgreSQL, after a rehearsal on a copy',
        help: help.dbUpgrade,
        options: [
          new Option('--rehearse', 'stop after the rehearsal'),
          new Option('--undo', 'go back to the database from before the upgrade').conflicts([
            'rehearse',
            'finish',
          ]),
          new Option('--finish', 'remove the database from before the upgrade').conflicts('rehearse'),
          yes,
        ],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words', terminal: true },
        load: async () => (await import('./commands/db-upgrade.js')).upgrade,
      },
      {
        name: 'db psql',
        arguments: '<project>',
        about: 'open psql in the database; a script comes on standard input',
        options: [new Option('--on <copy>', 'open a restored database (default: the live one)')],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'nothing', terminal: true },
        load: async () => (await import('./commands/db.js')).psql,
      },
      {
        name: 'db url',
        arguments: '<project>',
        about: 'print the address of the database, without its password',
        options: [new Option('--show', 'print the password, too')],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: null },
        otherwise: { options: ['--show'], right: ['db'], audit: 'words' },
        load: async () => (await import('./commands/db.js')).url,
      },
      {
        name: 'db rotate',
        arguments: '<project>',
        about: 'change the password of the database, by a swap',
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/db.js')).rotate,
      },
      {
        name: 'db destroy',
        arguments: '<project>',
        about: 'remove the database with all its data; a last dump stays',
        options: [
          yes,
          new Option('--in-use', 'destroy it although something is connected'),
          new Option('--no-dump', 'keep no last dump'),
        ],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words', terminal: true },
        load: async () => (await import('./commands/db.js')).destroy,
      },
    ],
  },
  {
    title: 'A Redis:',
    commands: [
      {
        name: 'redis create',
        arguments: '<project>',
        about: 'make a Redis for an app, or repair or resize it',
        help: help.redisCreate,
        options: [
          new Option('--memory <size>', 'limit its data to this size (default: 256M, or no change)'),
          new Option(
            '--evict',
            'drop the least used keys when it is full (default: refuse writes, or no change)',
          ),
          new Option('--no-evict', 'refuse writes when it is full'),
        ],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words' },
        load: async () => (await import('./commands/redis.js')).create,
      },
      {
        name: 'redis info',
        arguments: '<project>',
        about: 'show whether the Redis answers, its memory and its connections',
        options: [json],
        ...{ runsAs: 'root', right: ['db', 'logs'], app: 'first', audit: null },
        load: async () => (await import('./commands/redis.js')).info,
      },
      {
        name: 'redis cli',
        arguments: '<project>',
        about: 'open its client; commands come on standard input',
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'nothing', terminal: true },
        load: async () => (await import('./commands/redis.js')).cli,
      },
      {
        name: 'redis destroy',
        arguments: '<project>',
        about: 'remove the Redis with all its data',
        options: [yes, new Option('--in-use', 'destroy it although something is connected')],
        ...{ runsAs: 'root', right: ['db'], app: 'first', audit: 'words', terminal: true },
        load: async () => (await import('./commands/redis.js')).destroy,
      },
    ],
  },
  {
    title: 'Deploy:',
    commands: [
      {
        name: 'deploy',
        arguments: '<project>',
        about: 'deploy what was pushed, for the first time',
        options: [force],
        ...{ runsAs: 'app', right: ['deploy'], app: 'first', audit: 'nothing', service: true },
        load: async () => (await import('./commands/deploy.js')).deploy,
      },
      {
        name: 'upgrade',
        arguments: '<project>',
        about: 'upgrade the running app to what was pushed',
        help: help.upgrade,
        options: [mode, force, without],
        ...{ runsAs: 'app', right: ['deploy'], app: 'first', audit: 'words', service: true },
        load: async () => (await import('./commands/deploy.js')).upgrade,
      },
      {
        name: 'plan',
        arguments: '<project> [revision]',
        about: 'show how an upgrade would be done, and why (default: the branch that deploys)',
        help: help.plan,
        options: [mode, json],
        ...{ runsAs: 'app', right: ['deploy'], app: 'first', audit: null, service: true },
        load: async () => (await import('./commands/plan.js')).plan,
      },
      {
        name: 'rollback',
        arguments: '<project> [release]',
        about: 'return to a release that is still on disk (default: the one before)',
        help: help.rollback,
        options: [
          mode,
          new Option('--code-only', 'leave config values and domains as they are'),
          new Option('--keep-schema', 'leave the database as it is').conflicts('withMigrations'),
          new Option('--with-migrations', 'roll back the migrations that the older release does not have'),
          without,
          new Option(
            '--dry-run',
            'say what would come back, and what the database says to it; change nothing',
          ),
          new Option('--json', 'print its events as JSON, one a line; with --dry-run what it found'),
        ],
        ...{ runsAs: 'app', right: ['deploy'], app: 'first', audit: 'words', service: true },
        otherwise: { options: ['--dry-run'], right: ['deploy', 'logs'], audit: null },
        load: async () => (await import('./commands/rollback.js')).rollback,
      },
      {
        name: 'redeploy',
        arguments: '<project>',
        about: 'deploy the last requested commit again, even if its deploy failed',
        options: [mode, force, without, events],
        ...{ runsAs: 'app', right: ['deploy'], app: 'first', audit: 'words' },
        load: async () => (await import('./commands/deploy.js')).redeploy,
      },
      {
        name: 'retry',
        arguments: '<project>',
        about: 'retry the last failed deploy from a given step',
        help: help.retry,
        options: [
          new Option(
            '--from <step>',
            'begin with this step (default: the last step that the retry can begin with)',
          ),
          mode,
          force,
          without,
        ],
        ...{ runsAs: 'app', right: ['deploy'], app: 'first', audit: 'words' },
        load: async () => (await import('./commands/deploy.js')).retry,
      },
      {
        name: 'attach',
        arguments: '<project>',
        about: 'watch the running deploy',
        options: [events],
        ...{ runsAs: 'app', right: ['deploy', 'logs'], app: 'first', audit: null },
        load: async () => (await import('./commands/attach.js')).attach,
      },
      {
        name: 'cancel',
        arguments: '<project>',
        about: 'stop the running deploy, and undo all it did except migrations',
        ...{ runsAs: 'app', right: ['deploy'], app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/cancel.js')).cancel,
      },
    ],
  },
  {
    title: 'Look:',
    commands: [
      {
        name: 'dashboard',
        about: 'open a page in the browser that shows the apps, their deploys and their logs',
        help: help.dashboard,
        options: [
          new Option('--no-open', 'print the address, and open no browser'),
          new Option(
            '--on <remote>',
            'look at the server of this git remote (default: production, else this machine)',
          ),
        ],
        ...{ runsAs: 'caller', right: null, app: 'none', audit: null, asks: true },
        load: async () => (await import('./commands/dashboard.js')).dashboard,
      },
      {
        name: 'status',
        arguments: '[project]',
        about: 'show which release of an app runs, and since when (default: every app)',
        options: [json],
        ...{ runsAs: 'root', right: ['deploy', 'logs'], app: 'first', audit: null },
        load: async () => (await import('./commands/status.js')).status,
      },
      {
        name: 'top',
        arguments: '[project]',
        about: 'show the state, traffic and resources of each app now, the worst first (default: every app)',
        options: [json],
        ...{ runsAs: 'root', right: ['deploy', 'logs'], app: 'first', audit: null, terminal: true },
        load: async () => (await import('./commands/top.js')).top,
      },
      {
        name: 'metrics',
        arguments: '[project]',
        about:
          'show requests, latency, errors, processor, memory and deploys over time (default: every app, in a table)',
        help: help.metrics,
        options: [
          new Option('--since <time>', 'go back so far, at most 30d (default: 24h, or 1h for every app)'),
          json,
          new Option('--openmetrics', 'print all that was counted, for Prometheus').conflicts('node'),
          new Option(
            '--node',
            "ask the app's Erlang node: processes, atoms, ports, memory by kind, LiveViews",
          ),
        ],
        ...{ runsAs: 'root', right: ['deploy', 'logs'], app: 'first', audit: null, service: true },
        // The app's user asks the node, because root runs no code of an app.
        otherwise: { options: ['--node'], runsAs: 'app' },
        load: async () => (await import('./commands/metrics.js')).metrics,
      },
      {
        name: 'logs',
        arguments: '<project>',
        about: 'show what an app writes',
        options: [
          new Option('-f, --follow', 'wait for more'),
          new Option('--until-eof', 'end when standard input ends'),
          new Option('-n, --lines <count>', 'show this many lines').default('100'),
          new Option(
            '--on <node>',
            'ask only this machine of the fleet (default: every one that runs the app)',
          ),
        ],
        ...{ runsAs: 'root', right: ['logs'], app: 'first', audit: null, service: true },
        load: async () => (await import('./commands/logs.js')).logs,
      },
      {
        name: 'history',
        arguments: '<project> [deploy]',
        about: 'list past deploys, or show all the output of one of them',
        options: [
          json,
          new Option('--events', 'print the events of the deploy as JSON, one a line').conflicts('json'),
        ],
        ...{ runsAs: 'app', right: ['deploy', 'logs'], app: 'first', audit: null, service: true },
        load: async () => (await import('./commands/history.js')).history,
      },
      {
        name: 'releases',
        arguments: '<project>',
        about: 'list the releases, how each deploy ended, and which are still on disk',
        options: [
          new Option('--pin <release>', 'keep a release, whatever its age'),
          new Option('--unpin <release>', 'no longer keep a pinned release'),
          json,
        ],
        ...{ runsAs: 'app', right: ['deploy', 'logs'], app: 'first', audit: null },
        // A key with only `logs` must not be able to unpin a release that somebody wants to return to.
        otherwise: { options: ['--pin', '--unpin'], right: ['deploy'], audit: 'words' },
        load: async () => (await import('./commands/releases.js')).releases,
      },
      {
        name: 'compare',
        arguments: '<project> <release> [other]',
        about:
          'show what differs between two releases: commits, modules, migrations, names of config values (default: and the live one)',
        options: [json],
        ...{ runsAs: 'app', right: ['deploy', 'logs'], app: 'first', audit: null, service: true },
        load: async () => (await import('./commands/compare.js')).compare,
      },
      {
        name: 'audit',
        arguments: '[project]',
        about: 'list who did what, when, from where, and how it ended; the newest last (default: every app)',
        options: [new Option('-n, --lines <count>', 'list this many entries').default('100'), json],
        ...{ runsAs: 'root', right: 'server', app: 'anywhere', audit: null },
        load: async () => (await import('./commands/audit.js')).audit,
      },
      {
        name: 'steps',
        arguments: '[task]',
        about: "list the steps of a task, with the app's hooks on them (default: every task)",
        options: [
          new Option('--project <project>', 'take a loaded project (default: the app in this folder)'),
          json,
        ],
        ...{ runsAs: 'app', right: ['deploy'], app: 'option', audit: null, here: true },
        load: async () => (await import('./commands/steps.js')).steps,
      },
      {
        name: 'env',
        arguments: '<project>',
        about: 'print as JSON what a hook gets',
        options: [
          new Option(
            '-t, --task <task>',
            'take deploy, upgrade or unload (default: what the next push would be)',
          ),
        ],
        ...{ runsAs: 'app', right: ['deploy'], app: 'first', audit: null },
        load: async () => (await import('./commands/env.js')).env,
      },
      {
        name: 'console',
        arguments: '<project>',
        about: 'open IEx in the running app',
        ...{
          runsAs: 'app',
          right: ['console'],
          app: 'first',
          audit: 'nothing',
          terminal: true,
          service: true,
        },
        load: async () => (await import('./commands/console.js')).openConsole,
      },
      {
        name: 'run',
        arguments: '<project> <command...>',
        about: 'run a program with the environment of the running app',
        help: help.run,
        ...{ runsAs: 'app', right: ['console'], app: 'first', audit: 'first', terminal: true, program: true },
        load: async () => (await import('./commands/console.js')).runInApp,
      },
    ],
  },
  {
    title: null,
    commands: [
      {
        name: 'receive',
        arguments: '<project>',
        about: "deploy what is pushed: the hook of the project's repository calls it",
        ...{ runsAs: 'caller', right: null, app: 'first', audit: 'push' },
        load: async () => (await import('./commands/receive.js')).receiveCommand,
      },
      {
        name: 'perform',
        arguments: '<project> <run>',
        about: 'carry out a requested run',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/perform.js')).perform,
      },
      {
        name: 'run-handed',
        arguments: '<project>',
        about: 'run the program that somebody asked root for',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/console.js')).runHanded,
      },
      {
        name: 'renew',
        arguments: '<project> [release]',
        about:
          'deploy the live commit again, or an earlier release, by a swap: root runs it after it has changed a config value',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/renew.js')).renew,
      },
      {
        name: 'recover',
        arguments: '<project>',
        about: 'repair what an interrupted deploy left, and record how it ended',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/recover.js')).recoverCommand,
      },
      {
        name: 'door',
        arguments: '<project>',
        about: "serve root's side of an app: systemd starts it at the first call",
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/door.js')).door,
      },
      {
        name: 'converge',
        arguments: '<project>',
        about: 'bring an app to what its state says: systemd runs it at boot',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/door.js')).convergeCommand,
      },
      {
        name: 'fold',
        about: 'turn the logs of nginx and the use of resources into metrics: systemd runs it',
        ...{ runsAs: 'caller', right: null, app: 'none', audit: null },
        load: async () => (await import('./commands/fold.js')).foldCommand,
      },
      {
        name: 'node facts',
        about: 'say what this machine has and runs: another machine of the fleet asks',
        ...{ runsAs: 'root', right: ['node'], from: 'member', app: 'none', audit: null },
        load: async () => (await import('./commands/for-nodes.js')).facts,
      },
      {
        name: 'node know',
        about: 'connect this machine with those on standard input: the lead sends them',
        ...{ runsAs: 'root', right: ['node'], from: 'manager', app: 'none', audit: 'nothing' },
        load: async () => (await import('./commands/for-nodes.js')).know,
      },
      {
        name: 'node equip',
        arguments: '<project>',
        about: 'make an app ready here, with its config values from standard input: the lead sends them',
        ...{ runsAs: 'root', right: ['node'], from: 'lead', app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/for-apps.js')).equipCommand,
      },
      {
        name: 'node send',
        arguments: '<project> <release>',
        about: 'send a release to another machine of the fleet: root joins both ends',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/for-apps.js')).sendCommand,
      },
      {
        name: 'node receive',
        arguments: '<project> <release>',
        about: 'receive a release, only what is not here yet: the lead sends it',
        ...{ runsAs: 'app', right: ['node'], from: 'lead', app: 'first', audit: 'words' },
        load: async () => (await import('./commands/for-apps.js')).receiveCommand,
      },
      {
        name: 'node adopt',
        arguments: '<project>',
        about: 'make a received release live in the state, from standard input: the lead sends it',
        ...{ runsAs: 'app', right: ['node'], from: 'lead', app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/for-apps.js')).adoptCommand,
      },
      {
        name: 'node runs',
        arguments: '<project>',
        about: 'say whether an instance of an app runs here: the lead asks before a deploy',
        ...{ runsAs: 'root', right: ['node'], from: 'lead', app: 'first', audit: null },
        load: async () => (await import('./commands/for-apps.js')).runs,
      },
      {
        name: 'node follow',
        arguments: '<project> <run>',
        about: 'follow a deploy of the lead, which gives its orders on standard input',
        ...{ runsAs: 'app', right: ['node'], from: 'lead', app: 'first', audit: 'words' },
        load: async () => (await import('./commands/for-apps.js')).follow,
      },
      {
        name: 'node decide',
        arguments: '<project> <run> <word>',
        about: 'decide a run of the fleet, unless it is decided, and print how',
        ...{ runsAs: 'root', right: ['node'], from: 'holder', app: 'first', audit: 'words' },
        load: async () => (await import('./commands/for-apps.js')).decideCommand,
      },
      {
        name: 'node obey',
        arguments: '<project> <run> <word>',
        about: 'do what the fleet has decided about a run whose process died: root runs it',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/for-apps.js')).obeyCommand,
      },
      {
        name: 'node bring',
        arguments: '<project>',
        about: 'send the live release to the machine of the fleet that asks',
        ...{ runsAs: 'root', right: ['node'], from: 'holder', app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/for-apps.js')).bring,
      },
      {
        name: 'node seats',
        arguments: '<project>',
        about: 'say which machines have a seat of an app: another machine of the fleet asks',
        ...{ runsAs: 'root', right: ['node'], from: 'member', app: 'first', audit: null },
        load: async () => (await import('./commands/seat.js')).seats,
      },
      {
        name: 'node shared',
        arguments: '<project>',
        about: 'print the site and the certificate of an app with seats: another machine of the fleet asks',
        ...{ runsAs: 'root', right: ['node'], from: 'member', app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/seat.js')).shared,
      },
      {
        name: 'node share',
        arguments: '<project>',
        about: 'make an app ready for seats, from standard input: the lead sends its site and certificate',
        ...{ runsAs: 'root', right: ['node'], from: 'lead', app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/seat.js')).shareCommand,
      },
      {
        name: 'node unshare',
        arguments: '<project>',
        about: 'stop an app and remove it from this machine: the lead runs it alone again',
        ...{ runsAs: 'root', right: ['node'], from: 'lead', app: 'first', audit: 'nothing' },
        load: async () => (await import('./commands/seat.js')).unshareCommand,
      },
      {
        name: 'seat take',
        arguments: '<project>',
        about: 'run an instance of an app with seats: systemd calls it when a seat connects',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/seat.js')).take,
      },
      {
        name: 'seat leave',
        arguments: '<project>',
        about: 'stop the instance once enough other machines run the app: systemd calls it when a seat ends',
        ...{ runsAs: 'caller', right: null, app: 'first', audit: null },
        load: async () => (await import('./commands/seat.js')).leave,
      },
      {
        name: 'node logs',
        arguments: '<project>',
        about: 'show what an app writes on this machine: the lead asks',
        options: [
          new Option('-f, --follow', 'wait for more'),
          new Option('-n, --lines <count>', 'show this many lines').default('100'),
        ],
        ...{ runsAs: 'root', right: ['node'], from: 'lead', app: 'first', audit: null },
        load: async () => (await import('./commands/logs.js')).logsHere,
      },
      {
        name: 'node open',
        about: 'let root of the lead in, which removes this machine from the fleet',
        ...{ runsAs: 'root', right: ['node'], from: 'manager', app: 'none', audit: 'nothing' },
        load: async () => (await import('./commands/for-nodes.js')).open,
      },
      {
        name: 'node key',
        about: 'print the public key with which this machine adds others',
        ...{ runsAs: 'root', right: 'server', app: 'none', audit: null },
        load: async () => (await import('./commands/for-nodes.js')).key,
      },
      {
        name: 'node prepare',
        about: 'install what a machine of a fleet needs',
        ...{ runsAs: 'root', right: null, app: 'none', audit: 'nothing' },
        load: async () => (await import('./commands/for-nodes.js')).prepare,
      },
      {
        name: 'node introduce',
        about: 'print what the other machines need to know of this one',
        ...{ runsAs: 'root', right: null, app: 'none', audit: null },
        load: async () => (await import('./commands/for-nodes.js')).introduce,
      },
      {
        name: 'node greet',
        about: 'check that every other machine answers this one',
        ...{ runsAs: 'root', right: null, app: 'none', audit: null },
        load: async () => (await import('./commands/for-nodes.js')).greet,
      },
      {
        name: 'node join',
        about: 'make this machine part of the Swarm',
        ...{ runsAs: 'root', right: null, app: 'none', audit: 'nothing' },
        load: async () => (await import('./commands/for-nodes.js')).join,
      },
      {
        name: 'node leave',
        about: 'take this machine out of its fleet',
        ...{ runsAs: 'root', right: null, app: 'none', audit: 'nothing' },
        load: async () => (await import('./commands/for-nodes.js')).leave,
      },
      {
        name: 'use-certificates',
        about: 'make nginx use renewed certificates: certbot calls it',
        ...{ runsAs: 'caller', right: null, app: 'none', audit: null },
        load: async () => (await import('./commands/tls.js')).useCertificates,
      },
    ],
  },
]

/** Every command. */
export const commands: readonly Row[] = sections.flatMap(section => section.commands)

/** The families of commands with two words, by the first word. */
export const families: Readonly<Record<string, { readonly about: string; readonly help?: string }>> = {
  keys: { about: 'manage ssh keys, and what each may do', help: help.keys },
  nodes: { about: 'manage the machines that deploy as one: a fleet', help: help.nodes },
  node: { about: 'answer another machine of the fleet' },
  seat: { about: 'start and stop the instance of a seat' },
  tls: { about: 'manage certificates, so that apps answer on https' },
  elixir: { about: "manage the Elixirs that apps can ask for, beside the system's", help: help.elixir },
  db: { about: 'manage the PostgreSQL database of an app; backups are also for a SQLite file' },
  redis: { about: 'manage the Redis of an app' },
  config: { about: 'manage the values that an app gets as environment variables', help: help.config },
}
