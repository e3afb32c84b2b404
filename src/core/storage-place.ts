/** S3-compatible storage, as the programs that keep backups in it reach it. */
export interface StoragePlace {
  readonly bucket: string
  /** Begins with a slash. */
  readonly path: string
  /** A host, perhaps with a port. */
  readonly endpoint: string
  readonly region: string
  readonly key: string
  readonly secret: string
  readonly passphrase: string
}
