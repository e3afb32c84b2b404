import type { Backups, Copy } from '../../state/backups.js'

/** The copy that serves. */
export const servingOf = ({ copies }: Pick<Backups, 'copies'>): Copy | null =>
  copies.find(({ served }) => served.at(-1)?.until === null) ?? null

/** The copy that served at a time; null: none did. */
export const servingAt = ({ copies }: Backups, at: Date): Copy | null =>
  copies.find(({ served }) => served.some(span => isIn(span, at))) ?? null

const isIn = ({ from, until }: Copy['served'][number], at: Date): boolean =>
  Date.parse(from) <= at.getTime() && (until === null || at.getTime() < Date.parse(until))

/** `r3`, if `r2` is the last one that ever was. */
export const nextLabel = (known: Backups): string => `r${1 + copiedIn(known)}`

const copiedIn = ({ copied, copies }: Backups): number =>
  Math.max(copied, ...copies.map(({ label }) => Number(label.slice(1))))

/** The same with one copy replaced or added. */
export const withCopy = (known: Backups, copy: Copy): Backups => {
  const copies = [...known.copies.filter(({ label }) => label !== copy.label), copy]
  return { ...known, copies, copied: copiedIn({ ...known, copies }) }
}

export const withoutCopy = (known: Backups, label: string): Backups => ({
  ...known,
  copies: known.copies.filter(copy => copy.label !== label),
})

/** The same, from now on served by another copy. */
export const servedBy = (known: Backups, label: string, now: string): Backups => ({
  ...known,
  promoting: null,
  copies: known.copies.map(copy => {
    const ended = copy.served.map(span => (span.until === null ? { ...span, until: now } : span))
    return { ...copy, served: copy.label === label ? [...ended, { from: now, until: null }] : ended }
  }),
})
