import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSshCommand, sshCommand } from '../../src/access/ssh-command.js'
import { failureOf } from '../helpers/failure.js'

describe('a command over ssh', () => {
  it.each(['shop', 'shop.git', '/shop.git', '/shop', '~/shop', 'shop/', 'shop.git/'])(
    'names the project in the path that git sends: %s',
    path => {
      expect(parseSshCommand(`git-receive-pack '${path}'`)).toEqual({
        kind: 'git',
        service: 'git-receive-pack',
        project: 'shop',
      })
    },
  )

  it.each([
    '',
    'git-receive-pack shop',
    "git-receive-pack 'shop' ",
    "git-receive-pack 'shop'; id",
    "git-receive-pack '../shop'",
    "git-receive-pack '/etc/passwd'",
    "git-receive-pack '-shop'",
    "git-receive-pack '--exec=id'",
    "git-receive-pack 'Shop'",
    "git-receive-pack 'sh'\\''op'",
    "git-upload-archive 'shop'",
    'gatling',
    'gatling ',
    "gatling 'status' ",
    "gatling  'status'",
    "gatling 'status''x'",
    "gatling 'status",
    "gatling '--version'",
    "gatling 'a\nb'",
    "gatling 'status' $(id)",
    'gatling "status"',
    'gatling status;id',
    'gatling status $HOME',
    'gatling status | id',
    'gatling status > x',
    'gatling status `id`',
    'gatling -v',
    'scp -t .',
    'sh -c id',
  ])('is refused in any other form: %j', async line => {
    expect((await failureOf(() => parseSshCommand(line))).code).toBe('SSH_REFUSED')
  })

  it('can be typed without quotes', () => {
    expect(parseSshCommand("gatling logs shop -n 5 --json a=b 'c d'")).toEqual({
      kind: 'gatling',
      argv: ['logs', 'shop', '-n', '5', '--json', 'a=b', 'c d'],
    })
  })

  it('arrives as exactly the words that were sent', () => {
    const word = fc.string({ unit: 'binary' }).filter(text => !/[\0\n]/.test(text))
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter(text => !/[\0\n]|^-/.test(text)),
        fc.array(word),
        (command, words) => {
          const argv = [command, ...words]
          expect(parseSshCommand(sshCommand(argv))).toEqual({ kind: 'gatling', argv })
        },
      ),
    )
  })

  it('never names a project with an unsafe name', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: 'binary' }).map(text => `git-receive-pack '${text}'`),
        ),
        line => {
          try {
            const parsed = parseSshCommand(line)
            if (parsed.kind === 'git') expect(parsed.project).toMatch(/^[a-z][a-z0-9_]{0,39}$/)
          } catch (error) {
            expect(error).toMatchObject({ code: 'SSH_REFUSED' })
          }
        },
      ),
    )
  })
})
