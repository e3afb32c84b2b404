# Only the behaviours of Phoenix, which mark the modules of an app.

defmodule Phoenix.LiveView do
  @callback mount(map, map, map) :: {:ok, map}
  @callback handle_params(map, binary, map) :: {:noreply, map}
  @callback handle_event(binary, map, map) :: {:noreply, map}
  @callback render(map) :: binary
  @optional_callbacks handle_params: 3, handle_event: 3
end

defmodule Phoenix.LiveComponent do
  @callback mount(map) :: {:ok, map}
  @callback update(map, map) :: {:ok, map}
  @callback render(map) :: binary
end

defmodule Phoenix.Channel do
  @callback join(binary, map, map) :: {:ok, map}
  @callback handle_in(binary, map, map) :: {:reply, term, map}
end

defmodule Phoenix.Endpoint do
  @callback __sockets__() :: list
  @callback path(binary) :: binary
end
