import { isServer } from '../../state/server.js'
import { addressOf, readStorage, type Storage } from '../../state/storage.js'
import { confirmedBy } from '../confirm.js'
import { notAServer, unconfirmed } from '../errors.js'
import { show } from '../on-server.js'
import { print, printExact, tell } from '../output.js'
import { readSecrets } from '../read-secrets.js'

interface Options {
  readonly endpoint?: string
  readonly region: string
  readonly passphrase?: boolean
  readonly remove?: boolean
  readonly yes?: boolean
}

/** Names the storage of all backups, or shows it. */
export const storage = async (address: string | undefined, options: Options): Promise<void> => {
  if (!isServer()) throw notAServer('db storage')
  const { noStorage } = await import('../../databases/storage/errors.js')
  if (address !== undefined) return set(address, options)
  const known = readStorage()
  if (!known) throw noStorage()
  if (options.passphrase) return printExact(known.passphrase)
  if (options.remove) return remove(known, options.yes === true)
  print(
    `Backups go to ${addressOf(known)} at ${known.endpoint} as well, region ${known.region}.`,
    'Its passphrase: gatling db storage --passphrase',
  )
}

const set = async (address: string, { endpoint, region }: Options): Promise<void> => {
  const { setStorage } = await import('../../databases/storage/set.js')
  const isFirst = readStorage() === null
  const [key = '', secret = '', passphrase = ''] = await readSecrets([
    'Access key',
    'Secret key',
    'Passphrase of the backups that are in it already (press Enter if there are none)',
  ])
  const known = await setStorage(
    {
      address,
      endpoint: endpoint ?? null,
      region,
      key,
      secret,
      passphrase: passphrase === '' ? null : passphrase,
    },
    show,
  )
  print(
    `${addressOf(known)} takes files. From now on each backup of each database of this server goes there as well.`,
    'Begin at once:  gatling db backup APP --to storage',
  )
  if (isFirst && passphrase === '')
    tell(
      'Everything there is encrypted with a new passphrase. Keep a copy of it somewhere else, such as in a password manager:',
      '  gatling db storage --passphrase',
      'If you lose this machine and have no copy, nobody can read the backups.',
    )
}

/** Stops the use of the storage: new backups stay on this machine. */
const remove = async (known: Storage, isSure: boolean): Promise<void> => {
  const warning = `Backups stay on this machine from now on. Those in ${addressOf(known)} stay there, and only its passphrase can read them. This machine forgets it.`
  if (!isSure && !(await confirmedBy(known.bucket, warning))) throw unconfirmed('removing the storage')
  const { removeStorage } = await import('../../databases/storage/take-up.js')
  await removeStorage()
  print(`Backups stay on this machine from now on. Those in ${addressOf(known)} stay there.`)
}
