import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { refused } from './views/refused.js'

/** Admits only a browser that opens the address shown in the terminal. */
export interface Door {
  /** 256 bits. It is in the first address only: the first answer replaces it by a cookie. */
  readonly token: string
  readonly guard: MiddlewareHandler
}

/**
 * Returns the name of a page's cookie. All ports of a host share their cookies (RFC 6265, 8.5), so the port is in the
 * name.
 */
const cookieOf = (host: string): string => `gatling-${host.replace(/.*:/, '')}`

/**
 * Makes the door.
 * @param answersTo tells whether the page answers to a Host header. It refuses a foreign name that leads here (DNS
 * rebinding).
 */
export const createDoor = (answersTo: (host: string) => boolean): Door => {
  const [token, session] = [secret(), secret()]
  const guard: MiddlewareHandler = async (c, next) => {
    const host = c.req.header('host') ?? ''
    harden(c)
    if (!answersTo(host)) return no(c, 421, 'This page has another address.')
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    // A form of another site sends that site's Origin, and a browser sends an Origin with every POST (Fetch, 3.2).
    if (!isRead && c.req.header('origin') !== `http://${host}`)
      return no(c, 403, 'This request did not come from the page itself, so Gatling did nothing.')
    const given = c.req.query('token')
    if (isRead && c.req.path === '/' && given !== undefined && same(given, token)) {
      setCookie(c, cookieOf(host), session, { httpOnly: true, sameSite: 'Strict', path: '/' })
      return c.redirect('/', 303)
    }
    if (!same(getCookie(c, cookieOf(host)) ?? '', session))
      return no(c, 401, 'Open the page by the address that the terminal shows.')
    return next()
  }
  return { token, guard }
}

const secret = (): string => randomBytes(32).toString('base64url')

const same = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

/** A page that loads only its own files, and that no other page can show in a frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const harden = (c: Context): void => {
  c.header('content-security-policy', policy)
  c.header('x-content-type-options', 'nosniff')
  // `no-referrer` would also remove the Origin from the page's own forms (Fetch, 3.2).
  c.header('referrer-policy', 'same-origin')
  c.header('cross-origin-opener-policy', 'same-origin')
  c.header('cross-origin-resource-policy', 'same-origin')
  c.header('cache-control', 'no-store')
}

const no = (c: Context, status: 401 | 403 | 421, text: string): Response | Promise<Response> =>
  c.html(refused(text), status)
