import { type ChildProcess, spawn } from 'node:child_process'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { bin, until, type World } from './world.js'

/** Starts Debian's browser, without the sandbox, which does not work for root. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--no-proxy-server'],
  })

/** Starts a real `gatling dashboard` for the apps of a world. */
export const startDashboard = async ({ home }: World): Promise<{ url: string; process: ChildProcess }> => {
  const child = spawn(process.execPath, [bin, 'dashboard', '--no-open'], {
    env: { ...process.env, GATLING_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', bytes => {
    text += bytes
  })
  const url = await until(() => /http:\S+/.exec(text)?.[0], 'the address of the page')
  return { url, process: child }
}

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** Expects no serious problem of accessibility (axe-core), and nothing wider than the screen. */
export const expectAccessible = async (page: Page): Promise<void> => {
  const source = `${axe.source};axe.run().then(({ violations }) => violations)`
  const found = (await page.evaluate(source)) as readonly Violation[]
  const grave = found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
    page.url(),
  ).toEqual([])
  const { width } = page.viewportSize() ?? { width: 0 }
  expect(await page.evaluate('document.documentElement.scrollWidth'), page.url()).toBeLessThanOrEqual(width)
}
