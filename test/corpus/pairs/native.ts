import { edit, type Pair } from '../pair.js'

const cell = (text: string, attribute: string, load: string) => `defmodule Counter.Cell do
  ${attribute}

  def load, do: ${load}

  def text, do: "${text}"
end
`

const onLoad = '@on_load :load'
const loadNif = ':erlang.load_nif(~c"cell", 0)'
const file = 'lib/counter/cell.ex'

export const native: readonly Pair[] = [
  {
    name: 'shared-library-changed',
    about: 'A shared library in priv changed, and the system has the old one open.',
    old: { files: { 'priv/cell.so': 'one' } },
    new: { files: { 'priv/cell.so': 'two' } },
    up: { mode: 'swap', because: 'native_changed' },
  },
  {
    name: 'shared-library-added',
    about: 'A shared library is added to priv.',
    new: { files: { 'priv/native/cell.so': 'one' } },
    up: { mode: 'swap', because: 'native_changed' },
  },
  {
    name: 'on-load-changed',
    about: 'A module with an on_load function changed.',
    old: { files: { [file]: cell('one', onLoad, ':ok') } },
    new: { files: { [file]: cell('two', onLoad, ':ok') } },
    up: { mode: 'swap', because: 'native_changed' },
  },
  {
    name: 'on-load-added',
    about: 'A known module gets an on_load function.',
    old: { files: { [file]: cell('one', '@moduledoc false', ':ok') } },
    new: { files: { [file]: cell('one', onLoad, ':ok') } },
    up: { mode: 'swap', because: 'native_changed' },
  },
  {
    name: 'on-load-in-new-module',
    about: 'A new module of a running app has an on_load function.',
    new: { files: { [file]: cell('one', onLoad, ':ok') } },
    up: { mode: 'swap', because: 'native_changed' },
  },
  {
    name: 'nif-module-changed',
    about: 'A module that loads native code on request changed.',
    old: { files: { [file]: cell('one', '@moduledoc false', loadNif) } },
    new: { edits: [edit(file, '"one"', '"two"')] },
    up: { mode: 'swap', because: 'native_changed' },
  },
]
