/** The place where an app finds its database. */
export interface DatabasePlace {
  readonly socket: { readonly folder: string; readonly port: number }
  readonly database: string
}

/**
 * Writes the address of a database for Ecto. What follows the `?` becomes an option of Postgrex: there `socket_dir`
 * wins over the host, and the port names the socket in it (Postgrex.start_link/1). Ecto requires a host.
 */
export const databaseUrl = ({ socket, database }: DatabasePlace, login: string, password: string): string =>
  `ecto://${login}:${password}@localhost:${socket.port}/${database}?socket_dir=${encodeURI(socket.folder)}`

/** Reads login and password from an address, if it is the address of that database. */
export const loginIn = (
  url: string,
  place: DatabasePlace,
): { readonly login: string; readonly password: string } | null => {
  const [, login = '', password = ''] = /^ecto:\/\/(\w+):([^:@/]+)@/.exec(url) ?? []
  return databaseUrl(place, login, password) === url ? { login, password } : null
}
