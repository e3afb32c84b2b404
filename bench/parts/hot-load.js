// Steady load in its own process, so that it does not measure the work of this one. It gets `{ port, path }` and then `stop`.
import { startLoad } from './steady-load.js'

process.once('message', async message => {
  const { port, path } = /** @type {{ port: number, path: string }} */ (message)
  const load = await startLoad(port, 'localhost', { path })
  process.once('message', async () => process.send?.(await load.stop()))
  process.send?.('started')
})
