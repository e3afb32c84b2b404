// The pages work without this script, except live updates. No other script can run, because the page's policy allows
// none.

const mostLines = 5000
const refreshMs = 10_000
const retryMs = 1_500

/** Shows a stream: its lines below, the server's view of them above. @param {HTMLElement} root */
const follow = root => {
  const address = root.dataset.stream ?? ''
  /** @param {string} name */
  const part = name => /** @type {HTMLElement} */ (root.querySelector(`[data-${name}]`))
  const [view, lines, lost] = [part('view'), part('lines'), part('lost')]
  const search = /** @type {HTMLInputElement | null} */ (root.querySelector('[data-search]'))
  const count = root.querySelector('[data-count]')
  let last = ''
  let over = false
  /** @type {EventSource | null} */
  let source = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer

  /** @type {() => HTMLElement[]} */
  const rows = () => /** @type {HTMLElement[]} */ ([...lines.children])
  /** @param {HTMLElement} row */
  const isWanted = row => row.textContent.toLowerCase().includes((search?.value ?? '').toLowerCase())
  const tell = () => {
    if (!count) return
    const found = rows().filter(row => !row.hidden).length
    const all = `${lines.childElementCount} ${lines.childElementCount === 1 ? 'line' : 'lines'}`
    count.textContent = search?.value ? `${found} of ${all}` : all
  }
  /** @param {{ kind: string, text: string }[]} added */
  const add = added => {
    const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40
    const made = added.map(({ kind, text }) => {
      const row = document.createElement('div')
      row.className = kind
      row.textContent = text
      row.hidden = !isWanted(row)
      return row
    })
    lines.append(...made.slice(-mostLines))
    while (lines.childElementCount > mostLines) lines.firstElementChild?.remove()
    if (atEnd) lines.scrollTop = lines.scrollHeight
    tell()
  }
  /** @param {string} html */
  const show = html => {
    const parsed = new DOMParser().parseFromString(html, 'text/html')
    view.replaceChildren(...parsed.body.childNodes)
  }
  const close = () => {
    clearTimeout(timer)
    source?.close()
    source = null
  }
  const again = () => {
    close()
    lost.hidden = false
    timer = setTimeout(open, retryMs)
  }
  const open = () => {
    // A tab that nobody sees does not ask.
    if (over || source || document.hidden) return
    source = new EventSource(`${address}?after=${encodeURIComponent(last)}`)
    source.onopen = () => {
      lost.hidden = true
    }
    source.onerror = again
    source.addEventListener('reset', () => lines.replaceChildren())
    source.addEventListener('lines', event => {
      last = event.lastEventId
      add(JSON.parse(event.data))
    })
    source.addEventListener('view', event => show(event.data))
    source.addEventListener('over', () => {
      over = true
      close()
    })
    source.addEventListener('lost', event => {
      show(event.data)
      again()
    })
  }
  search?.addEventListener('input', () => {
    for (const row of rows()) row.hidden = !isWanted(row)
    tell()
  })
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()))
  open()
}

/** @param {HTMLElement} main @returns {HTMLElement[]} */
const partsOf = main =>
  [...main.querySelectorAll('[data-part]')].map(part => /** @type {HTMLElement} */ (part))

/** Loads the slow parts of a page later. @param {HTMLElement} main */
const loadParts = main =>
  Promise.all(
    partsOf(main).map(async part => {
      const answer = await fetch(part.dataset.part ?? '')
      if (!answer.ok) return
      const { body } = new DOMParser().parseFromString(await answer.text(), 'text/html')
      if (body.innerHTML !== part.innerHTML) part.replaceChildren(...body.childNodes)
    }),
  )

/** Loads the page again, and shows what has changed. @param {HTMLElement} main */
const refresh = async main => {
  const isUsed = main.contains(document.activeElement) && document.activeElement !== main
  if (document.hidden || isUsed) return
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('main')
    // A part that was loaded later stays until it is loaded again.
    for (const part of partsOf(next ?? main)) {
      const shown = partsOf(main).find(one => one.dataset.part === part.dataset.part)
      if (shown) part.replaceChildren(...[...shown.childNodes].map(node => node.cloneNode(true)))
    }
    if (next && next.innerHTML !== main.innerHTML) main.replaceChildren(...next.childNodes)
    // Another process answers, which does not know this browser.
    main.classList.toggle('stale', next === null)
    await loadParts(main)
  } catch {
    main.classList.add('stale')
  }
}

for (const root of document.querySelectorAll('[data-stream]')) follow(/** @type {HTMLElement} */ (root))
const main = /** @type {HTMLElement | null} */ (document.querySelector('main[data-refresh]'))
if (main) {
  void loadParts(main)
  setInterval(() => void refresh(main), refreshMs)
  document.addEventListener('visibilitychange', () => void refresh(main))
}
