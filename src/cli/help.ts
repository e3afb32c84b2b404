/** The text of `--help` after the options. */
export const topics = `
A first try, on this machine:
  $ gatling serve                                     in a terminal of its own
  $ gatling load my_app                               prints the address to push to
  $ git remote add production <that address>          in the app
  $ git push production main

Everything is kept in one folder: $GATLING_HOME (default: ~/.gatling).`

export const serve = `Apps answer on their domains (the file \`domains\` in the app), or else on <project>.localhost.
One process does everything. Ctrl-C stops it and the apps; the next \`serve\` starts them again.`

export const setup = `Run it as root, on Debian or Ubuntu. It installs what is missing, and adds a user to push to, folders, units and a file
for nginx. Run it again to repair the server. Then, on your machine, in the app:
  $ git remote add production gatling@<this server>:my_app
  $ git push production main`

export const keys = `Examples:
  $ gatling keys add colleague.pub --app shop --can deploy,logs
  $ gatling keys add < my.pub
  $ gatling keys list`

export const nodes = `The machines of a fleet run the same apps. You push to one of them, the lead. Examples:
  $ gatling nodes add root@n2.example.com
  $ gatling nodes list
  $ gatling nodes remove n2
A new machine needs Debian or Ubuntu as this one has, ssh for root, and the UDP port 51820.
A server without other machines is in no fleet, and nothing of this concerns it.`

export const scale = `Each instance runs on another machine, and Docker Swarm chooses which. Every machine answers for the app. If one is
lost, another one takes its place. With 1 the app runs on the lead alone again. gatling.toml can say the number:
[scale] web = 3. A number that you give here stays until the file changes. Examples:
  $ gatling scale shop 3
  $ gatling scale shop`

export const drain = `An app that runs on every machine then runs on one less. Apps that were never scaled run on the lead alone, and stay.
Examples:
  $ gatling nodes drain n2
  $ gatling nodes undrain n2`

export const elixir = `An app asks for an Elixir in gatling.toml ([build] elixir = "1.18"), mise.toml or .tool-versions. A short version means the
newest installed one that begins with it. Examples:
  $ gatling elixir install 1.18.4
  $ gatling elixir install 1.18.4 --from ./elixir-otp-27.zip`

export const metrics = `Gatling keeps the last day by the minute and the last 30 days by the hour. Examples:
  $ gatling metrics my_app --since 7d
  $ gatling metrics my_app --json
  $ gatling metrics --openmetrics`

export const run = `Examples:
  $ gatling run my_app bin/my_app eval "MyApp.Release.migrate()"
  $ gatling run my_app env`

export const upgrade = `Gatling decides whether the running app can take over the new code (hot), or a new instance takes its place (swap), and
says why. --mode overrides this decision, and \`mode\` in gatling.toml.`

export const plan = `Gatling builds the revision with its hooks, compares it with the running app, and removes it again. The revision is a commit
or a branch that was pushed. To see what a change would do before you deploy it, push it to another branch:
  $ git push production HEAD:try
  $ gatling plan my_app try`

export const rollback = `Like an upgrade, a rollback is hot if that is safe. It builds nothing. \`gatling releases\` lists the releases. Config
values, domains and the site return to what they were with that release, unless you say --code-only. Values that you
set since the last deploy are then lost.
Gatling refuses if the database has migrations that the older release does not have. Say whether the old code runs on the newer
schema (--keep-schema), or roll back the migrations too (--with-migrations). Gatling also refuses a newer release whose
migrations are not up: a deploy runs migrations, a rollback does not. If \`gatling db create\` made the database, the refusal
also names the commands that take the data back to before those migrations.
--dry-run says all that before, and ends with 1 if the rollback would be refused.
The branch does not move: your next push continues from it.`

export const retry = `The earlier steps do not run. The retry uses what they made: deps and _build in the checkout, and from mix_ecto_migrate
on the whole release, which Gatling keeps for a day after its deploy failed. \`gatling redeploy\` runs all steps.`

export const load = `The project has the name in mix.exs: \`app: :my_app\` is my_app.
Run it again to change the branch.`

export const init = `Examples:
  $ gatling init                        upgrade.exs, for every push after the first
  $ gatling init --language ts --task deploy
  $ gatling init --remote gatling@example.com:my_app`

export const config = `Examples:
  $ gatling config set my_app POOL_SIZE=10 DATABASE_URL=ecto://user:pass@localhost/my_app
  $ gatling config set my_app API_KEY < key.txt
  $ gatling config list my_app

Values reach the app, its build and its hooks byte for byte, with the next deploy (\`gatling redeploy my_app\`).
Gatling makes SECRET_KEY_BASE and keeps it, and sets PORT, PHX_SERVER and RELEASE_*. PHX_HOST is the first name in the
file \`domains\`, unless you set it here.
On a server \`set\` also makes the app if it is new, as its first push would.`

export const dbCreate = `It installs PostgreSQL from the system's packages if it is missing, makes a cluster for the app alone, and sets
DATABASE_URL. The next push uses it. Run it again after an interruption, to repair the database, or after you changed
POOL_SIZE. In embedded mode it installs nothing, and the cluster runs as you.`

export const dbUpgrade = `It restores a copy, upgrades the copy with pg_upgrade, compares it, and says how long writes will wait. Then a second copy,
which follows the database, takes its place. Writes wait for some seconds meanwhile. If anything fails, the old database
stays live. After the upgrade it stays until \`gatling db upgrade my_app --finish\`. Until then \`--undo\` goes back to it,
without everything that was written since.`

export const redisCreate = `It installs Valkey, or Redis if the system has no Valkey, unless one of them is installed. It starts a server for the app
alone and sets REDIS_URL. The next push uses it. Run it again after an interruption, to repair it, or to change its
memory. A change restarts it, which takes about a second.`

export const dbClone = `The copy has the present data, and its own cluster, roles and password. Example, in the folder of the app:
  $ gatling db clone staging --sanitize clean.sql
The SQL runs in one transaction, as the other app, before that app can reach the copy. If anything fails, the copy is
removed.`

export const dbRestore = `A time without a day means today, and without a zone the zone of this server. The restored database gets a name, such as
r1. Look at it with the printed command. Then make the app use it with \`gatling db promote my_app r1\`. If nobody
promotes it, it is removed after 7 days.
\`--before 12\` takes the moment before the migrations of release 12. Then take the code back, too, in one swap:
  $ gatling db promote my_app r1 --release 11`

export const dashboard = `The page runs on this machine, only for your browser. It runs the same commands as you would, over your own ssh and with
the rights of your key. Nothing runs on the server while nobody looks. Ctrl-C ends it.
Run it in the app's folder. Elsewhere it shows the apps of embedded mode.`

export const dbStorage = `It asks for the access key, the secret key and a passphrase, and does not show them. A script writes them to standard
input, on three lines. Press Enter for a new passphrase. It writes a test file, and refuses a storage that does not
accept the file.
Example: \`gatling db storage s3://my-backups/server-1 --endpoint https://fsn1.your-objectstorage.com --region fsn1\`

Keep a copy of the passphrase elsewhere. On a new machine enter it with the same address and keys, then run
\`gatling db create my_app --from storage\`.`
