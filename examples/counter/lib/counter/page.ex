defmodule Counter.Page do
  @moduledoc """
  The one page of the app.
  """

  def render do
    """
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Counter</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="#{Counter.Assets.path("app.css")}">
      </head>
      <body>
        <h1>#{escape(Counter.greeting())}</h1>
        <p id="count">#{Counter.Tally.value()}</p>
        <button id="plus">+</button>
        <script>#{script()}</script>
      </body>
    </html>
    """
  end

  # When the socket closes, say for an upgrade, the page opens the next one.
  defp script do
    """

          const count = document.getElementById('count')
          const plus = document.getElementById('plus')
          const greeting = document.querySelector('h1')

          function connect() {
            const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/socket')
            socket.onmessage = (message) => { count.textContent = message.data }
            socket.onclose = () => setTimeout(connect, 500)
            plus.onclick = () => socket.send('+')
          }

          // A hot upgrade leaves the socket open, so the page asks for the greeting.
          async function greet() {
            greeting.textContent = (await (await fetch('/version')).json()).greeting
          }

          connect()
          setInterval(greet, 1000)
        \
    """
  end

  defp escape(text) do
    text
    |> String.replace("&", "&amp;")
    |> String.replace("<", "&lt;")
  end
end
