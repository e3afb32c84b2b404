/** Where an app finds its database. */
export interface DatabasePlace {
  readonly socket: { readonly folder: string; readonly port: number }
  readonly database: string
}

/**
 * The address of a database, as Ecto reads it: what follows the `?` becomes an option of Postgrex, where `socket_dir` comes
 * before the host, and the port names the socket in it (Postgrex.start_link/1). The host is there because Ecto wants one.
 */
export const databaseUrl = ({ socket, database }: DatabasePlace, login: string, password: string): string =>
  `ecto://${login}:${password}@localhost:${socket.port}/${database}?socket_dir=${encodeURI(socket.folder)}`

/** Whom an address logs in as, and with which password, if it is one of that database. */
export const loginIn = (
  url: string,
  place: DatabasePlace,
): { readonly login: string; readonly password: string } | null => {
  const [, login = '', password = ''] = /^ecto:\/\/(\w+):([^:@/]+)@/.exec(url) ?? []
  return databaseUrl(place, login, password) === url ? { login, password } : null
}
