defmodule Counter.DeployCallbacks do
  import Gatling.Bash

  def before_mix_digest(env) do
    bash("mkdir", ["-p", "priv/static"], cd: env.build_dir)
  end

  def before_start_service(env) do
    log(
      "starting #{env.project} #{env.version} for the first time, on port #{env.available_port}"
    )
  end
end
