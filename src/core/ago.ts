/** `5 min ago`. @param iso ISO 8601 */
export const ago = (iso: string, now = Date.now()): string => {
  const s = Math.max(0, Math.round((now - Date.parse(iso)) / 1_000))
  if (s < 60) return `${s} s ago`
  if (s < 3_600) return `${Math.floor(s / 60)} min ago`
  return s < 172_800 ? `${Math.floor(s / 3_600)} h ago` : `${Math.floor(s / 86_400)} days ago`
}
