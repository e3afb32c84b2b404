/** Only the part that the tests use, because the package has no types. */
declare module '@20minutes/s3rver' {
  interface Listed {
    readonly objects: readonly { readonly key: string }[]
    readonly commonPrefixes: readonly string[]
    readonly isTruncated: boolean
  }
  interface Store {
    listObjects(
      bucket: string,
      options: { prefix?: string; delimiter?: string | undefined; maxKeys?: number },
    ): Promise<Listed>
  }
  export default class S3rver {
    constructor(options: object)
    readonly store: Store
    allowMismatchedSignatures: boolean
    run(): Promise<unknown>
    close(): Promise<void>
  }
}
