const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** Reads a duration like `500ms`, `60s`, `5m` or `1h`, in ms; null: the text is not a duration. */
export const parseDuration = (text: string): number | null => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim())
  const unit = match?.[2]
  return match && isUnit(unit) ? Number(match[1]) * unitMs[unit] : null
}

const isUnit = (unit: string | undefined): unit is keyof typeof unitMs => unit !== undefined && unit in unitMs
