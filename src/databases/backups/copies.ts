import type { Backups, Copy } from '../../state/backups.js'

/** A database of an app, of any kind. */
type Labelled = Pick<Copy, 'label' | 'served'>
type Known<One extends Labelled> = Pick<Backups, 'copied' | 'promoting'> & { copies: One[] }

/** Returns the live copy. */
export const servingOf = <One extends Labelled>({
  copies,
}: {
  readonly copies: readonly One[]
}): One | null => copies.find(({ served }) => served.at(-1)?.until === null) ?? null

/** Returns the label of the copy that was live before the present one; `r0` if it is gone. */
export const servedBefore = ({ copies }: { readonly copies: readonly Labelled[] }): string => {
  const since = servingOf({ copies })?.served.at(-1)?.from
  return copies.find(({ served }) => served.some(({ until }) => until === since))?.label ?? 'r0'
}

/** pgBackRest gives the beginning of a backup in whole seconds. */
const secondMs = 1_000

/** Tells whether the live copy has a backup since it became live. After a promotion the first one must be made. */
export const hasOwnBackup = (
  known: Pick<Backups, 'good_at'> & { readonly copies: readonly Labelled[] },
): boolean => {
  const since = servingOf(known)?.served.at(-1)?.from
  return (
    known.good_at !== null &&
    (since === undefined || Date.parse(known.good_at) >= Date.parse(since) - secondMs)
  )
}

/**
 * Returns the copy that was live at a time; null: none. If the clock was set back, a time exists twice; then the last
 * one counts.
 */
export const servingAt = ({ copies }: Pick<Backups, 'copies'>, at: Date): Copy | null => {
  const turns = copies.flatMap(copy =>
    copy.served.filter(span => isIn(span, at)).map(span => ({ copy, span })),
  )
  return turns.sort((one, other) => turnOf(one.span) - turnOf(other.span)).at(-1)?.copy ?? null
}

type Span = Copy['served'][number]

const isIn = ({ from, until }: Span, at: Date): boolean =>
  Date.parse(from) <= at.getTime() && (until === null || at.getTime() < Date.parse(until))

const turnOf = ({ turn = 0 }: Span): number => turn

/** Returns the next label: `r3`, if `r2` is the last one ever given. */
export const nextLabel = (known: Known<Labelled>): string => `r${1 + copiedIn(known)}`

const copiedIn = ({ copied, copies }: Pick<Known<Labelled>, 'copied' | 'copies'>): number =>
  Math.max(copied, ...copies.map(({ label }) => Number(label.slice(1))))

/** Adds or replaces one copy. */
export const withCopy = <Of extends Known<Labelled>>(known: Of, copy: Of['copies'][number]): Of => {
  const isKnown = known.copies.some(({ label }) => label === copy.label)
  const copies = isKnown
    ? known.copies.map(one => (one.label === copy.label ? copy : one))
    : [...known.copies, copy]
  return { ...known, copies, copied: copiedIn({ copied: known.copied, copies }) }
}

export const withoutLabel = <Of extends Known<Labelled>>(known: Of, label: string): Of => ({
  ...known,
  copies: known.copies.filter(copy => copy.label !== label),
})

/** Removes a copy, and the restore points of its cluster. */
export const withoutCopy = (known: Backups, label: string): Backups => ({
  ...withoutLabel(known, label),
  points: known.points.filter(({ of }) => of !== label),
})

/** Makes another copy the live one, from now on. */
export const servedBy = <Of extends Known<Labelled>>(known: Of, label: string, now: string): Of => ({
  ...known,
  promoting: null,
  copies: known.copies.map(copy => {
    const ended = copy.served.map(span => (span.until === null ? { ...span, until: now } : span))
    const begun = { from: now, until: null, turn: 1 + lastTurn(known) }
    return { ...copy, served: copy.label === label ? [...ended, begun] : ended }
  }),
})

/** Makes a copy the live one, from now on, when its promotion or upgrade is over. */
export const promotedTo = (known: Backups, copy: Copy, now: string): Backups =>
  servedBy(withCopy(known, { ...copy, state: 'there' }), copy.label, now)

const lastTurn = ({ copies }: { readonly copies: readonly Labelled[] }): number =>
  Math.max(0, ...copies.flatMap(({ served }) => served.map(turnOf)))
