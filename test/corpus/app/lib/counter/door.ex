defmodule Counter.Door do
  @moduledoc """
  A state machine that counts the knocks.
  """
  @behaviour :gen_statem

  def child_spec(_opts), do: %{id: __MODULE__, start: {__MODULE__, :start_link, []}}

  def start_link, do: :gen_statem.start_link({:local, __MODULE__}, __MODULE__, nil, [])

  def knock, do: :gen_statem.call(__MODULE__, :knock)

  @impl true
  def callback_mode, do: :handle_event_function

  @impl true
  def init(_arg), do: {:ok, :closed, 0}

  @impl true
  def handle_event({:call, from}, :knock, :closed, knocks) do
    {:keep_state, knocks + 1, [{:reply, from, "Knock: #{knocks + 1}"}]}
  end
end
