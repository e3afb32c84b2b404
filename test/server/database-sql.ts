import type { Machine } from './machine.js'

/**
 * Returns the files of an app that answers with the result of a query. It runs psql, because it has no package of Elixir.
 * @param query as the text of an Elixir string.
 */
export const psqlReader = (query: string): Record<string, string> => ({
  'lib/counter.ex': `defmodule Counter do
  def greeting do
    uri = URI.parse(System.get_env("DATABASE_URL"))
    [user, password] = String.split(uri.userinfo, ":")
    %{"socket_dir" => folder} = URI.decode_query(uri.query)
    arguments = ["-XAtqc", "${query}", "-h", folder, "-p", to_string(uri.port), "-U", user, "app"]
    {said, _} = System.cmd("psql", arguments, env: [{"PGPASSWORD", password}], stderr_to_stdout: true)
    String.trim(said)
  end

  def version, do: to_string(Application.spec(:shop, :vsn))
  def revision, do: System.get_env("GATLING_REVISION")
end
`,
})

/** Returns the result of a query in one of the clusters, as the superuser. */
export const sqlIn = async (machine: Machine, query: string, cluster: string): Promise<string> => {
  const port = (await machine.sh(`pg_lsclusters --no-header | awk '$2 == "${cluster}" { print $3 }'`)).trim()
  const psql = `cd / && runuser -u postgres -- psql -XAtq -h /run/gatling-databases/${cluster} -p ${port} app`
  return (await machine.sh(`${psql} <<'SQL'\n${query}\nSQL`)).trim()
}

/**
 * Installs PostgreSQL 15 and 17 from the folder of packages that `postgres15` makes, as on a machine that was upgraded
 * from Debian 12. Until `showNewer`, a new database uses PostgreSQL 15.
 */
export const installOlder = `mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/lab.conf
  echo 'deb [trusted=yes] file:/srv/shared ./' >/etc/apt/sources.list.d/old.list
  export DEBIAN_FRONTEND=noninteractive; apt-get -qq update
  apt-get -qq -y --no-install-recommends install postgresql-15 postgresql >/dev/null
  mv /usr/lib/postgresql/17 /usr/lib/postgresql/17.off`
export const showNewer = 'mv /usr/lib/postgresql/17.off /usr/lib/postgresql/17'
