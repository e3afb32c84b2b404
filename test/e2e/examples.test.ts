import { cpSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, root, run, type World } from '../helpers/world.js'

describe('the examples', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
  })
  afterAll(() => world.close())

  const rows = [
    {
      name: 'counter',
      file: 'lib/counter.ex',
      text: 'Hello from version one',
      firstHook: 'starting counter 0.1.0 for the first time',
      nextHook: 'counter 0.1.0 is live on counter.localhost',
      how: 'hot: 1 module (Counter)',
    },
    {
      name: 'hello',
      file: 'lib/hello/listener.ex',
      text: 'Hello!',
      firstHook: 'starting hello 0.1.0 on port',
      nextHook: 'compiling hello 0.1.0',
      how: /swap: .*Hello\.Listener.* loops in code that changes/,
    },
  ]

  it.each(rows)(
    '$name deploys and upgrades unchanged, with its own hooks',
    async ({ name, file, text, firstHook, nextHook, how }) => {
      const source = join(world.folder, name)
      cpSync(join(root, 'examples', name), source, { recursive: true })
      const app = await world.repository(source, name)
      const first = await app.push()
      expect(first.code, first.text).toBe(0)
      expect(first.text).toContain(firstHook)
      expect((await app.get('/')).status).toBe(200)
      await app.commit({
        [file]: app.read(file).replace(text, 'Good day!'),
        'gatling.toml': '[health]\nwatch = "200ms"\n\n[upgrade]\nwatch = "300ms"\n',
      })
      const next = await app.push()
      expect(next.code, next.text).toBe(0)
      expect(next.text).toContain(nextHook)
      expect(next.text).toMatch(how)
      const page = await app.get('/')
      expect(page.status).toBe(200)
      expect(page.body).toContain('Good day!')
    },
  )

  it('report each deploy to a chat, and a chat that is down changes nothing', async () => {
    const messages: string[] = []
    const chat = createServer((request, response) => {
      let body = ''
      request.on('data', bytes => {
        body += bytes
      })
      request.once('end', () => {
        messages.push(String(JSON.parse(body).text))
        response.end()
      })
    })
    await new Promise<void>(resolve => chat.listen(0, '127.0.0.1', () => resolve()))
    const address = chat.address()
    if (address === null || typeof address === 'string') throw new Error('the chat has no port')
    const app = await world.repository(join(world.folder, 'hello'), 'hello')
    const file = 'lib/hello/listener.ex'
    const text = app.read(file)
    try {
      await world.cli('config', 'set', 'hello', '--public', `CHAT_WEBHOOK=http://127.0.0.1:${address.port}/`)
      await app.commit({ [file]: `${text}\nthis does not compile(` }, 'A slip')
      const slip = await app.push()
      expect(slip.code).not.toBe(0)
      expect(messages).toHaveLength(1)
      expect(messages[0]).toMatch(
        /^hello: .+'s push of "A slip" failed in mix_compile: `mix compile` ended with status 1/,
      )
      await app.commit({ [file]: text }, 'Fixed')
      expect((await app.push()).code).toBe(0)
      expect(messages[1]).toMatch(/^hello: "Fixed" by .+ is live \(swap\)$/)
    } finally {
      chat.close()
    }
    await app.commit({}, 'Nobody listens')
    const unheard = await app.push()
    expect(unheard.code, unheard.text).toBe(0)
    expect(unheard.text).toContain('This does not change how the deploy ended.')
    expect((await app.get('/')).body).toContain('Good day!')
  })

  it('pass their own tests', async () => {
    const source = join(world.folder, 'counter-tests')
    cpSync(join(root, 'examples', 'counter'), source, { recursive: true })
    const tests = await run(['mix', 'test'], { cwd: source, env: { MIX_ENV: 'test' } })
    expect(tests.code, tests.text).toBe(0)
    expect(tests.text).toMatch(/\d+ tests, 0 failures/)
    const format = await run(['mix', 'format', '--check-formatted'], { cwd: source })
    expect(format.code, format.text).toBe(0)
  })
})
