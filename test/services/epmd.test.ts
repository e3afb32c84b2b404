import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryFolders } from '../helpers/folder.js'
import { root, run } from '../helpers/world.js'

const newFolder = temporaryFolders()

/** In a process of its own, which ends by itself once nothing is waited for any more. */
const portIn = (path: string) =>
  run([
    ...(['timeout', '60', process.execPath, '--input-type=module', '--eval'] as const),
    `import { privateEpmd } from ${JSON.stringify(pathToFileURL(join(root, 'dist/services/epmd.js')))}
process.env.PATH = ${JSON.stringify(path)}
const epmd = privateEpmd('test')
console.log(typeof (await epmd.port()))
await epmd.close()`,
  ])

it('an epmd of our own answers on a port', async () => {
  expect(await portIn(process.env['PATH'] ?? '')).toMatchObject({ code: 0, stdout: 'number\n' })
})

it('an epmd that cannot be started is waited for no longer', async () => {
  expect(await portIn(newFolder())).toMatchObject({ code: 0, stdout: 'object\n' })
})
