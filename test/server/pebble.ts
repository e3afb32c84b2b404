import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, until } from '../helpers/world.js'

/** Starts Debian's pebble, a certificate authority with ACME. For it, every name leads to `target`. */
export const startPebble = async (host: string, target: string) => {
  if ((await run(['sh', '-c', 'command -v pebble'])).code !== 0)
    await run([
      'sh',
      '-c',
      'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install pebble',
    ])
  const folder = mkdtempSync(join(tmpdir(), 'gatling-pebble-'))
  const [key, certificate, config] = ['key.pem', 'api.pem', 'config.json'].map(name =>
    join(folder, name),
  ) as [string, string, string]
  await run([
    'openssl',
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
    ...[
      '-subj',
      '/CN=pebble',
      '-addext',
      `subjectAltName=IP:${host}`,
      '-addext',
      'basicConstraints=critical,CA:TRUE',
    ],
    ...['-keyout', key, '-out', certificate],
  ])
  const pebble = {
    listenAddress: `${host}:14000`,
    managementListenAddress: `${host}:15000`,
    certificate,
    privateKey: key,
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    certificateValidityPeriod: 60 * 24 * 3600,
  }
  writeFileSync(config, JSON.stringify({ pebble }))
  const started: ChildProcess[] = [
    spawn(
      'pebble-challtestsrv',
      [
        ...[
          '-defaultIPv4',
          target,
          '-defaultIPv6',
          '',
          '-dns01',
          `${host}:8053`,
          '-management',
          `${host}:8055`,
        ],
        ...['-http01', '', '-https01', '', '-tlsalpn01', ''],
      ],
      { stdio: 'ignore' },
    ),
    spawn('pebble', ['-config', config, '-dnsserver', `${host}:8053`], {
      stdio: 'ignore',
      env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' },
    }),
  ]
  const agent = new Agent({ ca: readFileSync(certificate), keepAlive: false })
  const fetchText = (url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      get(url, { agent }, response => {
        let text = ''
        response.on('data', bytes => {
          text += bytes
        })
        response.on('end', () => resolve(text))
      }).on('error', reject)
    })
  await until(() => fetchText(`https://${host}:14000/dir`).catch(() => ''), 'pebble')
  return {
    directory: `https://${host}:14000/dir`,
    /** The certificate of its own address. */
    api: readFileSync(certificate, 'utf8'),
    /** The root of the certificates that it signs. */
    root: await fetchText(`https://${host}:15000/roots/0`),
    /** Lets a name lead to another address. */
    pointElsewhere: (name: string) =>
      run([
        'curl',
        '-sf',
        '-d',
        JSON.stringify({ host: name, addresses: ['10.98.250.250'] }),
        `http://${host}:8055/add-a`,
      ]),
    close: () => {
      for (const child of started) child.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
