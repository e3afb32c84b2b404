defmodule Counter.UpgradeCallbacks do
  import Gatling.Bash

  def before_mix_digest(env) do
    log("fingerprinting the assets of #{env.project} #{env.version}")
    bash("ls", ["-l", "priv/static"], cd: env.build_dir)
  end

  def after_upgrade_service(env) do
    log("#{env.project} #{env.version} is live on #{env.domains}")
  end
end
