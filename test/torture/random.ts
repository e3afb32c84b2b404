/** Random choices by a seed: the same seed and number give the same choices on every machine. */
export interface Random {
  /** Returns a whole number in a range, both ends included. */
  int(from: number, to: number): number
  pick<Value>(values: readonly Value[]): Value
  chance(probability: number): boolean
}

/** Returns mulberry32, seeded again for every fault, so that a fault can be replayed without those before it. */
export const randomOf = (seed: number, number: number): Random => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  return {
    int,
    pick: values => {
      const value = values[int(0, values.length - 1)]
      if (value === undefined) throw new Error('nothing to choose from')
      return value
    },
    chance: probability => next() < probability,
  }
}

/** Returns the values in another order. */
export const shuffle = <Value>(values: readonly Value[], random: Random): Value[] => {
  const left = [...values]
  return values.map(() => left.splice(random.int(0, left.length - 1), 1)[0] as Value)
}
