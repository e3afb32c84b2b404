/** Rounds to three digits: a person compares no more of them. */
export const round = (value: number): number => (value === 0 ? 0 : Number(value.toPrecision(3)))
