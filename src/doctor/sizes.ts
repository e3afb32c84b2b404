/** `820 KB`, `1.4 GB`; of 1024, as systemd, free(1) and df(1) count. */
export const size = (bytes: number): string => {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  let at = 0
  let left = bytes
  while (left >= 1_024 && at < units.length - 1) {
    left /= 1_024
    at++
  }
  return `${left < 10 && at > 0 ? left.toFixed(1) : Math.round(left)} ${units[at]}`
}

export const percent = (part: number, whole: number): string => `${Math.round((part / whole) * 100)} %`
