/** The bytes of a size as systemd and nginx read it, `512M`, `32k` or `8192`; NaN: it is none. */
export const bytesIn = (size: string): number => {
  const [, count, unit = ''] = /^(\d{1,10})([kmg]?)$/i.exec(size) ?? []
  return Number(count) * 1_024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())
}

/** The largest request body that an app may take, in bytes: nginx keeps it on a disk that is everybody's. */
export const mostBody = 10 * 1_024 ** 3
