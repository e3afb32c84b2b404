import { edit, type Pair } from '../pair.js'

const lobby = 'lib/counter/lobby.ex'
const channel = 'lib/counter/room_channel.ex'
const endpoint = 'lib/counter/endpoint.ex'

export const phoenix: readonly Pair[] = [
  {
    name: 'view-render',
    about: 'A LiveView shows another text.',
    new: { edits: [edit(lobby, 'Welcome to', 'This is')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/lobby', before: 'Welcome to the lobby', after: 'This is the lobby' }],
  },
  {
    name: 'view-event',
    about: 'A LiveView answers an event in another way.',
    new: { edits: [edit(lobby, ':seat, 1)', ':seat, 2)')] },
    up: { mode: 'hot' },
  },
  {
    name: 'view-mount',
    about: 'A LiveView starts with other assigns, which open ones do not have.',
    new: {
      edits: [
        edit(
          lobby,
          '{:ok, Counter.Seats.assign(socket)}',
          '{:ok, socket |> Counter.Seats.assign() |> Map.put(:guests, 0)}',
        ),
      ],
    },
    up: { mode: 'swap', because: 'view_changed', says: 'changed (Counter.Lobby.mount/3)' },
  },
  {
    name: 'view-params',
    about: 'handle_params/3 of a LiveView assigns something else.',
    new: { edits: [edit(lobby, ':page, 1)', ':pages, [1])')] },
    up: { mode: 'swap', because: 'view_changed' },
  },
  {
    name: 'view-helper',
    about: 'A function of another module, which makes the assigns, changed.',
    new: { edits: [edit(lobby, 'Map.put(socket, :seats, 10)', 'Map.put(socket, :chairs, 10)')] },
    up: { mode: 'swap', because: 'view_changed', says: 'Counter.Seats.assign/1' },
  },
  {
    name: 'view-helper-other-function',
    about: 'The module that makes the assigns changed, but not in that function.',
    new: { edits: [edit(lobby, 'def label(seat), do: "Seat', 'def label(seat), do: "Chair')] },
    up: { mode: 'hot' },
  },
  {
    name: 'view-migrated',
    about: 'A LiveView has other assigns and a code_change/3, which LiveView before 1.0.6 does not survive.',
    new: {
      edits: [
        edit(
          lobby,
          '{:ok, Counter.Seats.assign(socket)}',
          '{:ok, socket |> Counter.Seats.assign() |> Map.put(:guests, 0)}',
        ),
        edit(
          lobby,
          '  @impl true\n  def handle_event',
          '  def code_change({:down, _vsn}, socket, _extra), do: {:ok, Map.delete(socket, :guests)}\n  def code_change(_vsn, socket, _extra), do: {:ok, Map.put(socket, :guests, 0)}\n\n  @impl true\n  def handle_event',
        ),
      ],
    },
    up: { mode: 'swap', because: 'view_changed' },
  },
  {
    name: 'component-render',
    about: 'A LiveComponent shows another text.',
    new: { edits: [edit(lobby, '"Seat #{assigns.number}"', '"Number #{assigns.number}"')] },
    up: { mode: 'hot' },
  },
  {
    name: 'component-mount',
    about: 'A LiveComponent starts with other assigns.',
    new: { edits: [edit(lobby, ':taken, false)', ':free, true)')] },
    up: { mode: 'swap', because: 'view_changed' },
  },
  {
    name: 'component-update',
    about: 'update/2 of a LiveComponent assigns something else.',
    new: {
      edits: [
        edit(lobby, 'Map.merge(socket, assigns)', 'socket |> Map.merge(assigns) |> Map.put(:new, true)'),
      ],
    },
    up: { mode: 'swap', because: 'view_changed' },
  },
  {
    name: 'channel-event',
    about: 'A channel answers in another way.',
    new: { edits: [edit(channel, '"Hello, #', '"Good day, #')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/room', before: 'Hello, Jane', after: 'Good day, Jane' }],
  },
  {
    name: 'channel-join',
    about: 'A channel stores something else for clients that join.',
    new: { edits: [edit(channel, ':room, 1)', ':rooms, [1])')] },
    up: { mode: 'swap', because: 'view_changed' },
  },
  {
    name: 'endpoint-sockets',
    about: 'An endpoint has a new socket, which its running listeners do not know.',
    new: {
      edits: [edit(endpoint, 'websocket: true}]', 'websocket: true}, {"/api", Counter.RoomChannel, []}]')],
    },
    up: { mode: 'swap', because: 'endpoint_changed' },
  },
  {
    name: 'endpoint-other',
    about: 'Another function of an endpoint changed.',
    new: { edits: [edit(endpoint, '"/" <> path', '"//" <> path')] },
    up: { mode: 'hot' },
  },
]
