defmodule Hello.Application do
  @moduledoc false
  use Application

  @impl true
  def start(_type, _args) do
    children = [
      {Task.Supervisor, name: Hello.Connections},
      {Hello.Listener, port: Application.fetch_env!(:hello, :port)}
    ]

    Supervisor.start_link(children, strategy: :rest_for_one)
  end
end
