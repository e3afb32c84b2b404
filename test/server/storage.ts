import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'
import { run } from '../helpers/world.js'

/** Its only access key, with the secret. */
export const storageKeys = 'S3RVER\nS3RVER\n'

/** Makes a list include folders that have only folders, as Amazon does. */
const listFolders = ({ store }: S3rver): void => {
  const list = store.listObjects.bind(store)
  store.listObjects = async (bucket, options) => {
    const { prefix = '', delimiter } = options
    if (!delimiter) return list(bucket, options)
    const { objects } = await list(bucket, { ...options, delimiter: undefined, maxKeys: Infinity })
    const folderOf = (key: string): string => {
      const end = key.indexOf(delimiter, prefix.length)
      return end < 0 ? '' : key.slice(0, end + 1)
    }
    return {
      objects: objects.filter(({ key }) => folderOf(key) === ''),
      commonPrefixes: [...new Set(objects.map(({ key }) => folderOf(key)))].filter(one => one !== '').sort(),
      isTruncated: false,
    }
  }
}

/** Starts S3-compatible storage on this host, with the bucket `backups`. Its own authority certifies the name `storage.test`. */
export const startStorage = async (host: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-storage-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')] as const
  // pgBackRest checks the name in the certificate, not the address.
  await run([
    'openssl',
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
    ...['-subj', '/CN=storage', '-addext', 'subjectAltName=DNS:storage.test'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', key, '-out', cert],
  ])
  const data = join(folder, 'data')
  const server = new S3rver({
    address: host,
    port: 9_000,
    key: readFileSync(key),
    cert: readFileSync(cert),
    directory: data,
    configureBuckets: [{ name: 'backups' }],
    allowMismatchedSignatures: true,
    vhostBuckets: false,
    silent: true,
  })
  listFolders(server)
  await server.run()
  const [bucket, aside] = [join(data, 'backups'), join(folder, 'aside')] as const
  /** Runs some work with signatures checked. They are not by default, because it signs lists of files unlike pgBackRest and Amazon. */
  const whileChecking = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    server.allowMismatchedSignatures = false
    return work().finally(() => {
      server.allowMismatchedSignatures = true
    })
  }
  return {
    whileChecking,
    endpoint: 'https://storage.test:9000',
    authority: readFileSync(cert, 'utf8'),
    /** The folder with all its files. */
    folder: data,
    /** Makes it refuse everything. pgBackRest would try an unreachable storage for a minute. */
    lose: () => renameSync(bucket, aside),
    find: () => renameSync(aside, bucket),
    close: async () => {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
