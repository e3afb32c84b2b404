defmodule Counter.Application do
  @moduledoc false
  use Application

  @impl true
  def start(_type, _args) do
    # They stop in reverse order: first the listener, then the open connections, then the count.
    children =
      [
        Counter.Tally.Subscribers,
        Counter.Tally,
        Counter.Connections
      ] ++ listener()

    Supervisor.start_link(children, strategy: :rest_for_one, name: Counter.Supervisor)
  end

  defp listener do
    if Application.fetch_env!(:counter, :server) do
      [{Counter.Listener, port: Application.fetch_env!(:counter, :port)}]
    else
      []
    end
  end
end
