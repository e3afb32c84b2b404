import { edit, type Pair } from '../pair.js'

const describe = 'lib/counter/describe.ex'

const impl = (protocol: string, type: string, clause: string) =>
  `defimpl ${protocol}, for: ${type} do\n  ${clause}\nend\n`

export const protocols: readonly Pair[] = [
  {
    name: 'impl-added',
    about: 'A protocol of the app is implemented for one more type.',
    new: {
      files: {
        'lib/counter/describe_atom.ex': impl('Counter.Describe', 'Atom', 'def describe(_), do: "an atom"'),
      },
    },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/describe', before: 'a text, something', after: 'a text, an atom' }],
  },
  {
    name: 'impl-removed',
    about: 'A protocol of the app loses the implementation for a type.',
    new: { files: { 'lib/counter/describe_text.ex': null } },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/describe', before: 'a number, a text', after: 'a number, something' }],
  },
  {
    name: 'impl-changed',
    about: 'An implementation changed, the protocol did not.',
    new: { edits: [edit('lib/counter/describe_text.ex', '"a text"', '"some text"')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/describe', before: 'a text', after: 'some text' }],
  },
  {
    name: 'impl-of-inspect',
    about: 'A protocol of Elixir is consolidated again for the app.',
    new: {
      files: {
        'lib/counter/inspect_price.ex': impl(
          'Inspect',
          'Counter.Price',
          'def inspect(price, _opts), do: "#Price<#{price.amount}>"',
        ),
      },
    },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/inspect', before: '%Counter.Price{', after: '#Price<3>' }],
  },
  {
    name: 'impl-of-string-chars',
    about: 'A struct gets an implementation of String.Chars.',
    new: {
      files: {
        'lib/counter/price_text.ex': impl(
          'String.Chars',
          'Counter.Price',
          'def to_string(price), do: "#{price.amount} in all"',
        ),
      },
    },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/string', before: 'not implemented', after: '3 in all' }],
  },
  {
    name: 'impl-derived',
    about: 'An implementation is derived where the struct is defined; its keys are the same.',
    new: {
      edits: [
        edit('lib/counter/price.ex', '  defstruct', '  @derive {Inspect, only: [:amount]}\n  defstruct'),
      ],
    },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/inspect', before: 'currency: "EUR"', after: '#Counter.Price<amount: 3' }],
  },
  {
    name: 'impl-for-foreign-struct',
    about: 'A protocol of the app is implemented for a struct of a dependency.',
    new: {
      files: {
        'lib/counter/describe_money.ex': impl('Counter.Describe', 'Money', 'def describe(_), do: "money"'),
      },
      edits: [edit('lib/counter/parts.ex', '"word", :atom,', '"word", %Money{},')],
    },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/describe', before: 'a text, something', after: 'a text, money' }],
  },
  {
    name: 'protocol-added',
    about: 'A new protocol with two implementations.',
    new: {
      files: {
        'lib/counter/weigh.ex': `defprotocol Counter.Weigh do
  def grams(term)
end

${impl('Counter.Weigh', 'Integer', 'def grams(grams), do: grams')}
${impl('Counter.Weigh', 'Counter.Price', 'def grams(_price), do: 5')}`,
      },
      edits: [
        edit(
          'lib/counter/price.ex',
          '#{price.currency}"',
          '#{price.currency}, #{Counter.Weigh.grams(price)} g"',
        ),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/parts/price', before: '3 EUR', after: '3 EUR, 5 g' }],
  },
  {
    name: 'protocol-function-added',
    about: 'A protocol gets a function, and all implementations have it.',
    new: {
      edits: [
        edit(describe, '  def describe(term)\n', '  def describe(term)\n  def long(term)\n'),
        edit(describe, '"something"', '"something"\n  def long(_), do: "something long"'),
        edit(describe, '"a number"', '"a number"\n  def long(_), do: "a long number"'),
        edit(describe, '"a price"', '"a price"\n  def long(_), do: "a high price"'),
        edit('lib/counter/describe_text.ex', '"a text"', '"a text"\n  def long(_), do: "a long text"'),
        edit('lib/counter/parts.ex', '&Describe.describe/1', '&Describe.long/1'),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/parts/describe', before: 'a number, a text', after: 'a long number, a long text' }],
  },
]
