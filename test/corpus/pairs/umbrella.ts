import { edit, type Pair } from '../pair.js'

const ledger = 'apps/ledger/lib/ledger.ex'
const router = 'apps/counter/lib/counter/router.ex'

const umbrellaPair = { base: 'umbrella', own: ['counter', 'ledger'] } as const

export const umbrella: readonly Pair[] = [
  {
    ...umbrellaPair,
    name: 'umbrella-comment',
    about: 'A comment in one app of an umbrella.',
    new: { edits: [edit(ledger, 'defmodule Ledger do', '# Books.\ndefmodule Ledger do')] },
    up: { mode: 'noop' },
  },
  {
    ...umbrellaPair,
    name: 'umbrella-one-app',
    about: 'One app of an umbrella changed.',
    new: { edits: [edit(ledger, '"Debit', '"Credit')] },
    up: { mode: 'hot' },
    shows: [{ path: '/ledger', before: 'Debit', after: 'Credit' }],
  },
  {
    ...umbrellaPair,
    name: 'umbrella-both-apps',
    about: 'Two apps of an umbrella change together, and one calls a new function of the other.',
    new: {
      edits: [
        edit(ledger, '  def text', '  def total, do: "Total of all"\n\n  def text'),
        edit(router, 'Ledger.text()', 'Ledger.total()'),
        edit('apps/counter/lib/counter.ex', 'version one', 'version two'),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'function_gone' },
    shows: [
      { path: '/ledger', before: 'Debit', after: 'Total of all' },
      { path: '/version', before: 'version one', after: 'version two' },
    ],
  },
  {
    ...umbrellaPair,
    name: 'umbrella-config',
    about: 'A value of an app of an umbrella.',
    new: { edits: [edit('config/config.exs', 'currency: "EUR"', 'currency: "USD"')] },
    up: { mode: 'swap', because: 'config_changed' },
    shows: [{ path: '/ledger', before: 'EUR', after: 'USD' }],
    wouldFail: { path: '/ledger', contains: 'EUR' },
  },
  {
    ...umbrellaPair,
    name: 'umbrella-function-gone',
    about: 'A function that another app of the umbrella calls is removed.',
    new: {
      edits: [edit(ledger, 'def text', 'def report'), edit(router, 'Ledger.text()', 'Ledger.report()')],
    },
    up: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/ledger', before: 'Debit', after: 'Debit' }],
  },
  {
    ...umbrellaPair,
    name: 'umbrella-state',
    about: 'One app builds the state of a process in the other.',
    new: {
      edits: [
        edit(ledger, 'def opening, do: 0', 'def opening, do: %{amount: 0}'),
        edit('apps/counter/lib/counter/purse.ex', 'to_string(amount)', 'to_string(amount.amount)'),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/purse', before: '0', after: '0' }],
    wouldFail: { path: '/purse', status: 500 },
  },
  {
    ...umbrellaPair,
    name: 'umbrella-child-added',
    about: 'An app of the umbrella starts one more process by a closure, whose code is not loaded yet.',
    new: {
      edits: [
        edit(
          'apps/ledger/lib/ledger/application.ex',
          'children = []',
          'children = [{Agent, fn -> :open end}]',
        ),
        edit(ledger, '"Debit', '"#{length(Supervisor.which_children(Ledger.Supervisor))} child, debit'),
      ],
    },
    up: { mode: 'swap', because: 'child_mixes' },
    shows: [{ path: '/ledger', before: 'Debit', after: '1 child, debit' }],
  },
]
