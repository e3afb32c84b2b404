/** Reads a size as systemd and nginx do: `512M`, `32k` or `8192`. @returns bytes; NaN: the text is not a size. */
export const bytesIn = (size: string): number => {
  const [, count, unit = ''] = /^(\d{1,10})([kmg]?)$/i.exec(size) ?? []
  return Number(count) * 1_024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())
}

/** The largest request body that an app may accept, in bytes. nginx keeps it on a disk that all apps share. */
export const mostBody = 10 * 1_024 ** 3

/** Writes a size, like `820 KB` or `1.4 GB`, in units of 1024, as systemd, free(1) and df(1) do. */
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
