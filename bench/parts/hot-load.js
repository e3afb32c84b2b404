// Makes steady load in its own process, so that its parent does not disturb it. It gets `{ port, path }` and then `stop`.
import { startLoad } from './steady-load.js'

process.once('message', async message => {
  const { port, path } = /** @type {{ port: number, path: string }} */ (message)
  const load = await startLoad(port, 'localhost', { path })
  process.once('message', async () => process.send?.(await load.stop()))
  process.send?.('started')
})
