import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  addKey,
  authorizedKeys,
  type Key,
  keyName,
  parsePublicKey,
  readKeys,
  removeKey,
} from '../../src/access/keys.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { run } from '../helpers/world.js'

const folder = temporaryFolders()

const generated = async (
  type: string,
  comment = 'jane@laptop',
): Promise<{ public: string; private: string }> => {
  const path = join(folder(), 'key')
  await run(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', comment, '-f', path])
  const read = async (file: string) => (await run(['cat', file])).stdout
  return { public: await read(`${path}.pub`), private: await read(path) }
}

describe('a public key', () => {
  it.each(['ed25519', 'rsa', 'ecdsa'])('is read as ssh-keygen writes it: %s', async type => {
    const { public: text } = await generated(type)
    const { key, comment } = parsePublicKey(text)
    expect(text.trim()).toBe(`${key} jane@laptop`)
    expect(comment).toBe('jane@laptop')
  })

  it('is refused when it is a private key, with that reason', async () => {
    const { private: text } = await generated('ed25519')
    expect((await failureOf(() => parsePublicKey(text))).message).toContain('private key')
  })

  it('is refused with options, with a second key, or damaged', async () => {
    const { public: text } = await generated('ed25519')
    for (const wrong of [
      '',
      'hello',
      `${text}${text}`,
      `command="id" ${text}`,
      `${text.trim()}\ncommand="id" ${text}`,
      text.replace('AAAA', 'AAAB'),
      text.replace('ssh-ed25519 ', 'ssh-rsa '),
      'ssh-ed25519 AAAA x',
    ])
      expect((await failureOf(() => parsePublicKey(wrong))).code).toBe('KEY_INVALID')
  })

  it('takes its name from the option, else its comment, else its file', async () => {
    expect(keyName('jane', 'x', 'y')).toBe('jane')
    expect(keyName(undefined, 'Jane Doe <jane@x>', 'y')).toBe('jane-doe-jane@x-')
    expect(keyName(undefined, '', '/home/jane/id_ed25519.pub')).toBe('id_ed25519')
    for (const wrong of ['', '-x', 'a b', 'a"b', 'a\nb', 'A'])
      expect((await failureOf(() => keyName(wrong, '', ''))).code).toBe('KEY_INVALID')
  })
})

describe('the keys of a server', () => {
  it('are added once, listed and removed', async () => {
    const file = join(folder(), 'keys.json')
    const { key } = parsePublicKey((await generated('ed25519')).public)
    expect(readKeys(file)).toEqual([])
    addKey(file, { name: 'jane', key, apps: ['shop'], can: ['deploy'] })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(
      (await failureOf(() => addKey(file, { name: 'other', key, apps: 'all', can: ['admin'] }))).code,
    ).toBe('KEY_THERE')
    expect((await failureOf(() => addKey(file, { name: 'jane', key: 'x', apps: 'all', can: [] }))).code).toBe(
      'KEY_THERE',
    )
    expect((await failureOf(() => removeKey(file, 'joe'))).message).toContain('jane')
    removeKey(file, 'jane')
    expect(readKeys(file)).toEqual([])
  })

  it('run one program each, and get a terminal only with the console right', () => {
    const key = (name: string, can: 'deploy' | 'console'): Key => ({
      name,
      key: 'ssh-ed25519 AAAA',
      apps: 'all',
      can: [can],
      added: '',
    })
    expect(
      authorizedKeys([key('jane', 'deploy'), key('joe', 'console')], '/opt/door')
        .split('\n')
        .slice(1),
    ).toEqual([
      'restrict,command="/opt/door jane" ssh-ed25519 AAAA jane',
      'restrict,pty,command="/opt/door joe" ssh-ed25519 AAAA joe',
      '',
    ])
  })
})
