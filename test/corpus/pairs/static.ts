import { edit, type Pair } from '../pair.js'

const manifest = 'priv/static/cache_manifest.json'
const digested = (mtime: number): string =>
  `{"digests":{"app-1f2e.css":{"digest":"1f2e","logical_path":"app.css","mtime":${mtime},"size":12}},"latest":{"app.css":"app-1f2e.css"},"version":1}\n`

export const statics: readonly Pair[] = [
  {
    name: 'static-changed',
    about: 'A static file changed.',
    new: { edits: [edit('priv/static/app.css', 'max-width: 32rem', 'max-width: 48rem')] },
    up: { mode: 'hot' },
    shows: [{ path: '/assets/app.css', before: 'max-width: 32rem', after: 'max-width: 48rem' }],
  },
  {
    name: 'static-added',
    about: 'A new static file.',
    new: { files: { 'priv/static/new.css': 'main { margin: 0 }\n' } },
    up: { mode: 'hot' },
    shows: [{ path: '/assets/new.css', before: 'Not Found', after: 'main { margin: 0 }' }],
  },
  {
    name: 'static-removed',
    about: 'A static file is removed.',
    new: { files: { 'priv/static/count.js': null } },
    up: { mode: 'hot' },
    shows: [{ path: '/assets/count.js', before: '/* counts */', after: 'Not Found' }],
  },
  {
    name: 'static-digested-again',
    about: 'mix phx.digest made the manifest of the same files at another time.',
    old: { files: { [manifest]: digested(63_900_000_001) } },
    new: { files: { [manifest]: digested(63_900_000_002) } },
    up: { mode: 'noop' },
  },
  {
    name: 'static-and-text',
    about: 'A new static file together with the page that uses it.',
    new: {
      files: { 'priv/static/more.js': '/* more */\n' },
      edits: [
        edit(
          'lib/counter/page.ex',
          '</title>',
          '</title>\n        <script src="#{Counter.Assets.path("more.js")}"></script>',
        ),
      ],
    },
    up: { mode: 'hot' },
    shows: [
      { path: '/', before: '<title>', after: '/assets/more.js' },
      { path: '/assets/more.js', before: 'Not Found', after: '/* more */' },
    ],
  },
  {
    name: 'priv-changed',
    about: 'A file in priv that the app reads when it starts changed.',
    new: { edits: [edit('priv/words.txt', 'one two three', 'four five six')] },
    up: { mode: 'swap', because: 'priv_changed' },
    shows: [{ path: '/parts/words', before: 'one two three', after: 'four five six' }],
    wouldFail: { path: '/parts/words', contains: 'one two three' },
  },
  {
    name: 'priv-added',
    about: 'A new file in priv, whose purpose only the app knows.',
    new: { files: { 'priv/countries.csv': 'de;Germany\n' } },
    up: { mode: 'swap', because: 'priv_changed' },
  },
]
