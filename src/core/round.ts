/** Rounds to three digits, which is what a person compares. */
export const round = (value: number): number => (value === 0 ? 0 : Number(value.toPrecision(3)))
