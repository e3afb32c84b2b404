import { expect, it } from 'vitest'
import { wireguardConfig } from '../../src/templates/wireguard.js'

it('writes the fleet network of a machine with its others', () => {
  const others = [
    { wireguard: 'PUB2=', endpoint: '192.0.2.2', number: 2 },
    { wireguard: 'PUB3=', endpoint: '2001:db8::3', number: 3 },
  ]
  expect(wireguardConfig('PRIV=', 1, others)).toBe(`# Written by gatling nodes.
[Interface]
Address = 10.83.1.1/16
ListenPort = 51820
PrivateKey = PRIV=
PostUp = ip route replace local 10.83.1.0/24 dev %i

[Peer]
PublicKey = PUB2=
AllowedIPs = 10.83.2.0/24
Endpoint = 192.0.2.2:51820
PersistentKeepalive = 25

[Peer]
PublicKey = PUB3=
AllowedIPs = 10.83.3.0/24
Endpoint = [2001:db8::3]:51820
PersistentKeepalive = 25
`)
})
