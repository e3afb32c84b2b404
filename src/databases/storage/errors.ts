import { error } from '../../core/error.js'
import { indent } from '../../core/error-text.js'

export const storageRefused = error(
  'STORAGE_REFUSED',
  'The S3-compatible storage cannot be reached, or refuses to take a file.',
  (address: string, endpoint: string, said: readonly string[]) => ({
    message: `${address} at ${endpoint} did not accept a test file. Nothing was changed:${indent(said)}`,
    hint: `${causeOf(said.join(' ')) ?? 'Check that the bucket exists, and that the keys can read, write and delete in it'}. Then run the same command again.`,
  }),
)

/** The answers of S3 to wrong keys (Amazon S3 API Reference, "Error responses"), each with its remedy. */
const keyCauses: readonly (readonly [RegExp, string])[] = [
  [/SignatureDoesNotMatch/, 'Give the secret key that belongs to this access key'],
  [/InvalidAccessKeyId/, 'Give an access key that the storage knows, with its secret key'],
  [/AccessDenied/, 'Let this access key read, write, list and delete in the bucket'],
  [/NoSuchBucket/, 'Name a bucket that exists'],
  [/AuthorizationHeaderMalformed/, 'Name the region of the bucket with --region'],
]

/** Returns the remedy for an answer of the storage; null: unknown. */
const causeOf = (said: string): string | null => keyCauses.find(([answer]) => answer.test(said))?.[1] ?? null

export const noStorage = error('NO_STORAGE', 'The server has no storage elsewhere.', () => ({
  message: 'this server has no storage elsewhere, so nothing was changed',
  hint: 'As root on the server, name it once for all databases: `gatling db storage s3://bucket/path`.',
}))

export const storageMissed = error(
  'STORAGE_MISSED',
  'A backup was made on this machine, and the storage elsewhere did not take its own.',
  (project: string, address: string, reason: string) => ({
    message: `the backup of ${project} is on this machine, but not in ${address}: ${reason}`,
    hint: `${remedyOf(reason)}. The next backup is tried within a day, or now with \`gatling db backup ${project}\`.`,
  }),
)

/** Keys and address are set together. */
const remedyOf = (reason: string): string => {
  const cause = causeOf(reason)
  return cause === null ? 'Fix the cause' : `${cause}: run \`gatling db storage\` with its address as root`
}

export const storageUnclear = error(
  'STORAGE_UNCLEAR',
  'A storage is not named in a way that Gatling understands.',
  (what: string) => ({
    message: `${what}, and nothing was changed`,
    hint: 'Write `gatling db storage s3://bucket/path --endpoint https://host --region name`. Give the access key and the secret key on two lines of standard input.',
    exitCode: 2,
  }),
)

export const nothingStored = error(
  'NOTHING_STORED',
  'The storage elsewhere has no backup that could be brought back.',
  (project: string, address: string, why: string) => ({
    message: `nothing was made, because ${address} has no such backup of ${project}: ${why}`,
    hint: 'Check the address and the passphrase of the storage: `gatling db storage`. An earlier time needs an earlier backup.',
  }),
)

export const storedVersionMissing = error(
  'STORED_VERSION_MISSING',
  'A backup is of a version of PostgreSQL that the machine does not have.',
  (version: string) => ({
    message: `the backup is of PostgreSQL ${version}, which this machine does not have. Nothing was made`,
    hint: `Install it with \`apt install postgresql-${version}\`, or take a machine whose system has it.`,
  }),
)

export const databaseThere = error(
  'DATABASE_THERE',
  'An app has a database already, so none can be brought back in its place.',
  (project: string) => ({
    message: `${project} has a database already. Nothing was changed`,
    hint: `To restore beside it, run \`gatling db restore ${project} --from storage --at TIME\`. To give a PostgreSQL up first, run \`gatling db destroy ${project}\`.`,
  }),
)
