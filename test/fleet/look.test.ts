import { describe, expect, it } from 'vitest'
import { isOlder, misfit, parseSight, type Sight } from '../../src/fleet/look.js'

const debian: Sight = {
  ...{ at_ms: 1_000, uid: '0', name: 'n2', machine: 'x86_64', kernel: '6.12.48+deb13-amd64', glibc: '2.41' },
  ...{ free_bytes: 9e9, client: '192.0.2.1', apt: '/usr/bin/apt-get', systemd: true },
  ...{ gatling: '', server: false, made: false, lead: '', apps: [] },
  ...{ begun: false, swarm: '', network: 0 },
}
const here: Sight = { ...debian, name: 'n1', client: '', gatling: '0.2.0', server: true, apps: ['shop'] }
const reasonOf = (there: Partial<Sight>, offMs = 0): string | null =>
  misfit({ there: { ...debian, ...there }, here, offMs })?.[0] ?? null

describe('a machine that could be added', () => {
  it('is accepted if it is like the lead', () => {
    expect(reasonOf({})).toBeNull()
    expect(reasonOf({ server: true, gatling: '0.2.0', swarm: 'inactive' }, 1_900)).toBeNull()
    // An earlier add of this lead was cut off.
    expect(reasonOf({ server: true, gatling: '0.2.0', made: true, lead: 'n1' })).toBeNull()
    expect(reasonOf({ server: true, gatling: '0.2.0', begun: true, swarm: 'active', network: 2 })).toBeNull()
  })

  it.each<[Partial<Sight>, RegExp]>([
    [{ uid: '1000' }, /not root/],
    [{ systemd: false }, /not Debian or Ubuntu/],
    [{ apt: '' }, /not Debian or Ubuntu/],
    [{ machine: 'aarch64' }, /processor is aarch64.*x86_64/],
    [{ glibc: '2.36' }, /glibc is 2\.36, older than 2\.41/],
    [{ glibc: '' }, /glibc is unknown/],
    [{ kernel: '5.10.0-30-amd64' }, /kernel is 5\.10/],
    [{ free_bytes: 1e9 }, /953 MB are free/],
    [{ name: 'n1' }, /that of this machine/],
    [{ name: 'My Box' }, /not a-z/],
    [{ lead: 'other' }, /fleet of other/],
    [{ gatling: '0.1.0' }, /has Gatling 0\.1\.0/],
    [{ apps: ['blog', 'news'] }, /apps of its own.*blog, news/],
    [{ swarm: 'active' }, /Docker of n2 is in a Swarm/],
    [{ network: 1 }, /n2 has an address or a route in 10\.83/],
  ])('is refused with the reason: %j', (there, reason) => {
    expect(reasonOf(there)).toMatch(reason)
  })

  it('is refused if its clock is more than 2 s off', () => {
    expect(reasonOf({}, 2_001)).toBe('its clock is 2.0 s off')
  })

  it('describes itself in lines, some of them empty', () => {
    const text = `at_ms 1700000000123
uid 0
name n2
machine x86_64
kernel 6.12.0
glibc 2.41
free_bytes   5000
client 192.0.2.1
apt /usr/bin/apt-get
systemd yes
gatling\u0020
server\u0020
made\u0020
begun\u0020
swarm\u0020
network 0
lead\u0020
apps blog shop\u0020
`
    expect(parseSight(text)).toEqual({
      ...debian,
      ...{ at_ms: 1_700_000_000_123, kernel: '6.12.0', free_bytes: 5_000, apps: ['blog', 'shop'] },
    })
  })

  it.each([
    ['2.36', '2.41', true],
    ['2.41', '2.36', false],
    ['6.1.0-9-amd64', '6.12.1', true],
    ['6.12', '6.12.0', false],
    ['', '2.41', true],
  ])('has versions that are compared by number: %s is older than %s: %s', (one, other, expected) => {
    expect(isOlder(one, other)).toBe(expected)
  })
})
