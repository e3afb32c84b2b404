import { Command, Option } from 'commander'
import { ownVersion } from '../hosts/own-version.js'
import { addElixir, elixirHelp } from './elixir.js'

/** Every command. What a command needs is loaded when it is run, not before. */
export const createProgram = (): Command => {
  const program = new Command('gatling')
    .description('Your own Heroku for Phoenix apps: git push, and the app is upgraded without downtime.')
    .version(ownVersion(), '-v, --version')
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .addHelpText('after', topics)

  const command = (nameAndArguments: string, summary: string, help = ''): Command => {
    const made = program.command(nameAndArguments).description(summary).summary(summary)
    return help ? made.addHelpText('after', `\n${help}`) : made
  }

  program.commandsGroup('A server:')
  command('setup', 'make this machine a server, or repair it', setupHelp)
    .option('--dry-run', 'show what would be changed, and change nothing')
    .option(
      '--elixir [version]',
      "install the system's Erlang and Elixir, too; with a version its Erlang and that Elixir",
    )
    .option('--key <file...>', 'public keys that may do everything; else those that root lets in')
    .action(async options => (await import('./commands/setup.js')).setup(options))
  command('teardown', 'remove every app and take back what setup did')
    .option('-y, --yes', 'do not ask')
    .action(async options => (await import('./commands/setup.js')).teardown(options))
  addKeys(command('keys', 'whose ssh keys are let in, and what they may do', keysHelp))
  addTls(command('tls', 'certificates, so that an app answers on https'))
  addElixir(command('elixir', 'install another Elixir than the system has, for every app', elixirHelp))

  command('doctor [project]', 'look at the server and its apps before anything breaks, and say what to do')
    .option('--json', 'for a script')
    .action(async (project, options) => (await import('./commands/doctor.js')).doctor(project, options))

  program.commandsGroup('Set up:')
  command(
    'serve',
    'run embedded mode: starts the apps and answers for them, without root, systemd or nginx',
    serveHelp,
  )
    .option('-p, --port <port>', 'where to answer; 0 takes a free port', '4000')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .action(async options => (await import('./commands/serve.js')).serveCommand(options))
  command('load <project>', 'make the repository that a project is pushed to', loadHelp)
    .option('-b, --branch <name>', 'the branch that deploys; else the first one pushed')
    .option('--json', 'for a script')
    .action(async (project, options) => (await import('./commands/load.js')).load(project, options))
  command(
    'init [folder]',
    'in an app: write a hook file that names every hook, and add the git remote',
    initHelp,
  )
    .option('-l, --language <language>', 'ts or exs', 'exs')
    .option('-t, --task <task>', 'deploy (the first push, and unload) or upgrade', 'upgrade')
    .option('-r, --remote <url>', 'where `git push production` goes')
    .action(async (folder, options) => (await import('./commands/init.js')).init(folder, options))
  command('unload <project>', 'stop an app and remove everything of it')
    .option('-y, --yes', 'do not ask')
    .action(async (project, options) => (await import('./commands/unload.js')).unload(project, options))

  program.commandsGroup('Deploy:')
  command('deploy <project>', 'deploy for the first time what was pushed')
    .addOption(forceOption())
    .action(async (project, options) => (await import('./commands/deploy.js')).deploy(project, options))
  command('upgrade <project>', 'upgrade the running app to what was pushed', upgradeHelp)
    .addOption(modeOption())
    .addOption(forceOption())
    .action(async (project, options) => (await import('./commands/deploy.js')).upgrade(project, options))
  command(
    'plan <project> [revision]',
    'how an upgrade would be done, and why; nothing that runs is touched',
    planHelp,
  )
    .addOption(modeOption())
    .option('--json', 'for a script')
    .action(async (project, revision, options) =>
      (await import('./commands/plan.js')).plan(project, revision, options),
    )
  command(
    'rollback <project> [release]',
    'go back to the release before, or to one that is still there',
    rollbackHelp,
  )
    .addOption(modeOption())
    .option('--code-only', 'leave config values and domains as they are')
    .addOption(new Option('--keep-schema', 'leave the database as it is').conflicts('withMigrations'))
    .option('--with-migrations', 'roll back the migrations that the older release does not have')
    .action(async (project, release, options) =>
      (await import('./commands/rollback.js')).rollback(project, release, options),
    )
  command('redeploy <project>', 'deploy again the commit that was last asked for, whatever became of it')
    .addOption(modeOption())
    .addOption(forceOption())
    .action(async (project, options) => (await import('./commands/deploy.js')).redeploy(project, options))
  command('retry <project>', 'the last deploy, which failed, from a step on', retryHelp)
    .option('--from <step>', 'the step to begin with; else the latest that it can go on from')
    .addOption(modeOption())
    .addOption(forceOption())
    .action(async (project, options) => (await import('./commands/deploy.js')).retry(project, options))
  command('attach <project>', 'watch the deploy that is under way')
    .option('--json', 'the events, one a line')
    .action(async (project, options) => (await import('./commands/attach.js')).attach(project, options))
  command(
    'cancel <project>',
    'stop the deploy that is under way; what it did is undone, but for migrations, which is said',
  ).action(async project => (await import('./commands/cancel.js')).cancel(project))

  program.commandsGroup('Look:')
  command('status [project]', 'what runs, which release, since when')
    .option('--json', 'for a script')
    .action(async (project, options) => (await import('./commands/status.js')).status(project, options))
  command('logs <project>', 'what an app writes')
    .option('-f, --follow', 'go on as it writes')
    .option('-n, --lines <count>', 'how many lines back', '100')
    .action(async (project, options) => (await import('./commands/logs.js')).logs(project, options))
  command('history <project> [deploy]', 'past deploys, or all that one of them said')
    .option('--json', 'for a script')
    .action(async (project, deploy, options) =>
      (await import('./commands/history.js')).history(project, deploy, options),
    )
  command('releases <project>', 'what was deployed, what became of it, and which are still on disk')
    .option('--pin <release>', 'keep one, whatever its age')
    .option('--unpin <release>', 'let it go with the others')
    .option('--json', 'for a script')
    .action(async (project, options) => (await import('./commands/releases.js')).releases(project, options))
  command('audit [project]', 'who did what, when, from where, and how it ended; the newest last')
    .option('-n, --lines <count>', 'how many', '100')
    .option('--json', 'for a script')
    .action(async (project, options) => (await import('./commands/audit.js')).audit(project, options))
  command('steps [task]', 'the steps of deploy, upgrade and unload, with the hooks an app defines on them')
    .option('--project <project>', 'a loaded project, instead of the app in this folder')
    .option('--json', 'for a script')
    .action(async (task, options) => (await import('./commands/steps.js')).steps(task, options))
  command('env <project>', 'what a hook would be given, as JSON')
    .option('-t, --task <task>', 'deploy, upgrade or unload; else the one the next push would be')
    .action(async (project, options) => (await import('./commands/env.js')).env(project, options))

  command('console <project>', 'IEx in the running app').action(async project =>
    (await import('./commands/console.js')).openConsole(project),
  )
  command('run <project> <command...>', 'a program with the environment of the running app', runHelp)
    .passThroughOptions()
    .action(async (project, argv) => (await import('./commands/console.js')).runInApp(project, argv))

  addConfig(command('config', 'the values an app is given as environment variables', configHelp))

  program
    .command('receive <project>', { hidden: true })
    .description("deploy what is pushed: called by the hook of the project's repository")
    .action(async project => (await import('./commands/receive.js')).receiveCommand(project))
  program
    .command('perform <project> <run>', { hidden: true })
    .description('carry out a run that was asked for')
    .action(async (project, run) => (await import('./commands/perform.js')).perform(project, run))
  program
    .command('run-handed <project>', { hidden: true })
    .description('run the program that root was asked for')
    .action(async project => (await import('./commands/console.js')).runHanded(project))
  program
    .command('door <project>', { hidden: true })
    .description("root's side of an app: started by systemd when something is asked of it")
    .action(async project => (await import('./commands/door.js')).door(project))
  program
    .command('recover <project>', { hidden: true })
    .description('put right what an interrupted deploy left, and record how it ended')
    .action(async project => (await import('./commands/recover.js')).recoverCommand(project))
  program
    .command('converge <project>', { hidden: true })
    .description('bring an app to what its state says: at boot')
    .action(async project => (await import('./commands/door.js')).convergeCommand(project))
  program
    .command('use-certificates', { hidden: true })
    .description('have nginx use renewed certificates: called by certbot')
    .action(async () => (await import('./commands/tls.js')).useCertificates())
  program
    .command('enter', { hidden: true })
    .description('do what ssh was asked for, if the key may')
    .action(async () => (await import('./commands/enter.js')).enter())
  return program
}

const addKeys = (keys: Command): void => {
  keys
    .command('add [file]')
    .description('let a public key in; without a file it is read from standard input')
    .option('--app <app...>', 'only for these apps; else for all')
    .option(
      '--can <rights>',
      'deploy, logs, config, console, admin, with commas; else deploy,logs for --app, or admin',
    )
    .option('--name <name>', 'what to call it; else its comment')
    .action(async (file, options) => (await import('./commands/keys.js')).add(file, options))
  keys
    .command('list')
    .description('the keys that are let in')
    .option('--json', 'for a script')
    .action(async options => (await import('./commands/keys.js')).list(options))
  keys
    .command('remove <name>')
    .description('let a key in no more')
    .action(async name => (await import('./commands/keys.js')).remove(name))
}

const addTls = (tls: Command): void => {
  tls
    .command('enable <project>')
    .description(
      "get a certificate for the app's names and send http to https; again after the names changed",
    )
    .requiredOption(
      '-e, --email <address>',
      'where the authority writes to when a certificate is about to end',
    )
    .option('--authority <url>', "another ACME directory than Let's Encrypt's")
    .action(async (project, options) => (await import('./commands/tls.js')).enable(project, options))
  tls
    .command('disable <project>')
    .description('answer on http again, and drop the certificate')
    .action(async project => (await import('./commands/tls.js')).disable(project))
}

const modeOption = (): Option =>
  new Option('-m, --mode <mode>', 'hot: in the running app, or not at all; swap: a new instance').choices([
    'auto',
    'hot',
    'swap',
  ])

const forceOption = (): Option =>
  new Option('--force', 'also a revision that was taken back while it was watched')

const addConfig = (config: Command): void => {
  config
    .command('set <project> <values...>')
    .description('set KEY=VALUE; a KEY alone reads its value from standard input')
    .option('--public', 'not a secret: may be shown in logs and by `config list`')
    .action(async (project, values, options) =>
      (await import('./commands/config.js')).set(project, values, options),
    )
  config
    .command('unset <project> <keys...>')
    .description('take values away')
    .action(async (project, keys) => (await import('./commands/config.js')).unset(project, keys))
  config
    .command('get <project> <key>')
    .description('print one value, as it is')
    .action(async (project, key) => (await import('./commands/config.js')).get(project, key))
  config
    .command('list <project>')
    .description('the keys; secret values are not shown')
    .option('--json', 'for a script')
    .action(async (project, options) => (await import('./commands/config.js')).list(project, options))
}

const topics = `
A first try, on this machine:
  $ gatling serve                                     in a terminal of its own
  $ gatling load my_app                               prints the address to push to
  $ git remote add production <that address>          in the app
  $ git push production main

Everything is kept in one folder: $GATLING_HOME, else ~/.gatling.`

const serveHelp = `Apps answer on their domains (the file \`domains\` in the app), else on <project>.localhost.
One process does all of it; Ctrl-C stops it and the apps, the next \`serve\` starts them again.`

const setupHelp = `As root, on Debian or Ubuntu. Installs what is missing, adds a user to push to, folders, units, a file for nginx; run again
it repairs. Then, on your machine, in the app:
  $ git remote add production gatling@<this server>:my_app
  $ git push production main`

const keysHelp = `Examples:
  $ gatling keys add colleague.pub --app shop --can deploy,logs
  $ gatling keys add < my.pub
  $ gatling keys list`

const runHelp = `Examples:
  $ gatling run my_app bin/my_app eval "MyApp.Release.migrate()"
  $ gatling run my_app env`

const upgradeHelp = `Gatling decides by itself whether the running app can take over the new code (hot), or a new instance takes its
place (swap), and says why. --mode overrides that, and \`mode\` in gatling.toml.`

const planHelp = `Builds the revision (a commit or branch that was pushed; else the branch that deploys) with its hooks, compares it with
what runs, and removes it again. To see what a change would do before it is deployed, push it to another branch:
  $ git push production HEAD:try
  $ gatling plan my_app try`

const rollbackHelp = `Hot where that is safe, as with an upgrade; nothing is built. \`gatling releases\` lists them. Config values, domains and
the site go back to what they were with that release, and values set since the last deploy are lost, unless it is --code-only.
Where migrations are up that it does not have, it is refused: say whether the old code runs on the newer schema
(--keep-schema), or they are rolled back, too (--with-migrations). To a newer release whose migrations are not up it is refused
as well: a deploy runs them, a rollback does not.
The branch stays where it is: the next push goes on from there.`

const retryHelp = `The steps before it are not run: what they made is used as it is - deps and _build in the checkout, and from
mix_ecto_migrate on the whole release, which is kept for a day when its deploy fails. \`gatling redeploy\` does all steps.`

const loadHelp = `The project is named as in mix.exs: \`app: :my_app\` is my_app.
Run it again to change the branch.`

const initHelp = `Examples:
  $ gatling init                        upgrade.exs, for every push after the first
  $ gatling init --language ts --task deploy
  $ gatling init --remote gatling@example.com:my_app`

const configHelp = `Examples:
  $ gatling config set my_app POOL_SIZE=10 DATABASE_URL=ecto://user:pass@localhost/my_app
  $ gatling config set my_app API_KEY < key.txt
  $ gatling config list my_app

Values reach the app, its build and its hooks byte for byte, with the next deploy (\`gatling redeploy my_app\`).
SECRET_KEY_BASE is made by Gatling and kept; PORT, PHX_SERVER and RELEASE_* are set by it; PHX_HOST is the first
name in the file \`domains\`, unless it is set here.
On a server \`set\` makes an app that is new, as its first push would.`
