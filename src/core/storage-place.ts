/** S3-compatible storage, as the backup programs reach it. */
export interface StoragePlace {
  readonly bucket: string
  /** The folder. It begins with a slash. */
  readonly path: string
  /** The host, with or without a port. */
  readonly endpoint: string
  readonly region: string
  readonly key: string
  readonly secret: string
  readonly passphrase: string
}
