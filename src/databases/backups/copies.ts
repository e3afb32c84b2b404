import type { Backups, Copy } from '../../state/backups.js'

/** A database of an app, whatever it is made of. */
type Labelled = Pick<Copy, 'label' | 'served'>
type Known<One extends Labelled> = Pick<Backups, 'copied' | 'promoting'> & { copies: One[] }

/** The copy that serves. */
export const servingOf = <One extends Labelled>({
  copies,
}: {
  readonly copies: readonly One[]
}): One | null => copies.find(({ served }) => served.at(-1)?.until === null) ?? null

/** The label of the copy that served before the one that serves; `r0` where it is gone. */
export const servedBefore = ({ copies }: { readonly copies: readonly Labelled[] }): string => {
  const since = servingOf({ copies })?.served.at(-1)?.from
  return copies.find(({ served }) => served.some(({ until }) => until === since))?.label ?? 'r0'
}

/** pgBackRest says when a backup began in whole seconds. */
const secondMs = 1_000

/** Whether the copy that serves has a backup of its own since it does; a promotion makes the first. */
export const hasOwnBackup = (
  known: Pick<Backups, 'good_at'> & { readonly copies: readonly Labelled[] },
): boolean => {
  const since = servingOf(known)?.served.at(-1)?.from
  return (
    known.good_at !== null &&
    (since === undefined || Date.parse(known.good_at) >= Date.parse(since) - secondMs)
  )
}

/** The copy that served at a time; null: none did. A clock that was set back has a time twice: then the last one counts. */
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

/** `r3`, if `r2` is the last one that ever was. */
export const nextLabel = (known: Known<Labelled>): string => `r${1 + copiedIn(known)}`

const copiedIn = ({ copied, copies }: Pick<Known<Labelled>, 'copied' | 'copies'>): number =>
  Math.max(copied, ...copies.map(({ label }) => Number(label.slice(1))))

/** The same with one copy replaced or added. */
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

/** The restore points of a cluster go with it. */
export const withoutCopy = (known: Backups, label: string): Backups => ({
  ...withoutLabel(known, label),
  points: known.points.filter(({ of }) => of !== label),
})

/** The same, from now on served by another copy. */
export const servedBy = <Of extends Known<Labelled>>(known: Of, label: string, now: string): Of => ({
  ...known,
  promoting: null,
  copies: known.copies.map(copy => {
    const ended = copy.served.map(span => (span.until === null ? { ...span, until: now } : span))
    const begun = { from: now, until: null, turn: 1 + lastTurn(known) }
    return { ...copy, served: copy.label === label ? [...ended, begun] : ended }
  }),
})

const lastTurn = ({ copies }: { readonly copies: readonly Labelled[] }): number =>
  Math.max(0, ...copies.flatMap(({ served }) => served.map(turnOf)))
