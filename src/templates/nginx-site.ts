import { digested } from './nginx-digested.js'
import { siteFiles } from './nginx-files.js'
import { type Listening, listens, type OwnPort, server, tlsSettings } from './nginx-listen.js'
import { buffers, toWebSockets, unchanged } from './nginx-pass.js'
import { fleetServer, liveSlot, nextServer, type Slots, slot, slots } from './nginx-slots.js'

export interface NginxSite extends Listening, Slots {
  /** Host names, which can be wildcards like `*.x.y`. */
  readonly domains: readonly string[]
  readonly ports: {
    readonly a: number
    readonly b: number
    /** The port at which the app's own nginx.conf reaches it. */
    readonly own: number
  }
  /** Digested static files of this and earlier releases. */
  readonly publicDir: string
  /** Where certbot puts its answers to challenges. */
  readonly acmeDir: string
  readonly tls: {
    readonly certificate: string
    readonly key: string
    /** The names the certificate covers. */
    readonly domains: readonly string[]
  } | null
  /** The app's own nginx.conf, checked and parsed. */
  readonly own: OwnNginx | null
  /** The largest request body, like `10M`. */
  readonly maxBody: string
  /** Whether nginx serves the app's files, and no process of it answers. */
  readonly files: boolean
  /** The log of answers. An app's own nginx.conf might not write it, so the inner server does. */
  readonly log: string
}

export interface OwnNginx {
  /** The text outside the server blocks. */
  readonly shared: string
  readonly servers: readonly OwnServer[]
}

export interface OwnServer {
  readonly ports: readonly OwnPort[]
  /** The names of the block's own directives. They replace those that Gatling would set. */
  readonly names: readonly string[]
  /** The block's content, without `listen`. */
  readonly text: string
}

/** Writes an app's site for nginx. nginx looks up the live slot at every request, so a switch needs no reload. */
export const nginxSite = (site: NginxSite): string =>
  [
    header(site),
    slots(site),
    ...fleetServer(site),
    ...(site.own ? ownSite(site, site.own) : defaultSite(site)),
    ...formerNames(site),
  ].join('\n')

const header = ({ project, own }: NginxSite): string => `\
# Written by Gatling, and written again by every deploy that changes it: do not edit.
# Change it in ${project}'s repository: domains, [nginx] in gatling.toml, ${own ? 'nginx.conf' : 'or an nginx.conf of its own'}.
`

// --- the site of an app without its own nginx.conf

const defaultSite = (site: NginxSite): string[] => {
  const covered = site.domains.filter(name => isCovered(name, site.tls?.domains ?? []))
  const others = site.domains.filter(name => !covered.includes(name))
  return [
    ...(others.length > 0
      ? [server([...listens(site, 80), names(others), ...challenges(site), ...app(site)])]
      : []),
    ...(covered.length > 0
      ? [
          server([...listens(site, 80), names(covered), ...challenges(site), toHttps]),
          server([...listens(site, 443), names(covered), ...certificate(site), ...app(site)]),
        ]
      : []),
  ]
}

const isCovered = (name: string, certified: readonly string[]): boolean =>
  certified.includes(name) || certified.includes(name.replace(/^[^.*]+/, '*'))

const names = (domains: readonly string[]): string => `server_name ${domains.join(' ')};`

/** The redirect to https. With 308, unlike 301, a POST stays a POST. */
const toHttps = 'location / { return 308 https://$host$request_uri; }'

const app = (site: NginxSite): string[] =>
  site.files ? [...slot(site), ...siteFiles(site.publicDir)] : process(site)

const process = (site: NginxSite): string[] => [
  `client_max_body_size ${site.maxBody};`,
  ...slot(site),
  ...toApp(site),
  sayUnavailable,
  unavailable,
  // A stream of events is passed on at once. Everything else is buffered, so that slow clients do not delay a switch.
  'error_page 418 = @gatling_stream;',
  `location / {
    if ($http_accept ~ text/event-stream) { return 418; }
    proxy_pass ${liveSlot(site)};
}`,
  `location @gatling_stream {
    proxy_buffering off;
    proxy_pass ${liveSlot(site)};
}`,
  ...digested(site.publicDir, liveSlot(site)),
]

/**
 * Headers by which frameworks and apps learn who the client is or how it came, if a proxy sets them. A client must not
 * be able to set them.
 */
const believed = [
  ...['Forwarded', 'Client-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'X-Original-Forwarded-For'],
  ...['True-Client-IP', 'CF-Connecting-IP', 'CF-Connecting-IPv6', 'CF-Pseudo-IPv4', 'CF-Visitor'],
  ...[
    'Fastly-Client-IP',
    'Fly-Client-IP',
    'X-Azure-ClientIP',
    'X-Appengine-User-IP',
    'X-Envoy-External-Address',
  ],
  ...['X-Forwarded-Ssl', 'X-Forwarded-Scheme', 'X-Forwarded-Protocol', 'X-Url-Scheme', 'Front-End-Https'],
  ...['X-Forwarded-Server', 'X-Forwarded-Prefix', 'X-Original-URL', 'X-Rewrite-URL', 'X-Original-Host'],
]

/**
 * Writes how requests reach an app. Host is the name by which nginx chose the app; `$http_host` can be another. What the
 * client says about its own address is replaced, not extended. The app itself ends idle connections; nginx would do it
 * after an hour.
 */
const toApp = (site: NginxSite): string[] => [
  'proxy_http_version 1.1;',
  'proxy_set_header Host $host;',
  ...toWebSockets,
  'proxy_set_header X-Forwarded-For $remote_addr;',
  'proxy_set_header X-Forwarded-Proto $scheme;',
  'proxy_set_header X-Forwarded-Host $host;',
  'proxy_set_header X-Forwarded-Port $server_port;',
  'proxy_set_header X-Real-IP $remote_addr;',
  ...believed.map(name => `proxy_set_header ${name} "";`),
  'proxy_read_timeout 1h;',
  'proxy_send_timeout 1h;',
  ...nextServer(site),
  'proxy_redirect off;',
  ...buffers,
]

/** The page for requests without an answer. An app's own answer with such a status stays as it is. */
const sayUnavailable = 'error_page 502 503 504 @gatling_unavailable;'
const unavailable = `location @gatling_unavailable {
    default_type text/plain;
    add_header Retry-After 5 always;
    add_header Cache-Control no-store always;
    return 503 "The app does not answer at the moment. Please try again.\\n";
}`

const token = '[A-Za-z0-9_-]+'

/**
 * Writes the location of challenges of Let's Encrypt (RFC 8555, 8.3). It serves only files with the name of a token. In
 * a fleet the lead has them.
 */
const challenges = ({ acmeDir, fleet }: NginxSite): string[] => [
  `location ^~ /.well-known/acme-challenge/ {
    location ~ "^/\\.well-known/acme-challenge/${token}$" {
        ${fleet?.lead ? `proxy_pass http://${fleet.lead}:80;\n        proxy_set_header Host $host;` : `root ${acmeDir};`}
        default_type text/plain;
        allow all;
    }
    return 404;
}`,
]

/**
 * Writes the block for names that the app gave up but its certificate contains. A certificate is renewed for all of its
 * names or for none, so nginx still answers challenges for these. The names are patterns, which nginx tries last, so
 * another app that has such a name now keeps it.
 */
const formerNames = (site: NginxSite): string[] => {
  const certified = site.tls?.domains.filter(name => !name.startsWith('*')) ?? []
  const former = certified.filter(name => !site.domains.includes(name))
  if (former.length === 0) return []
  const patterns = former.map(name => `"~^${name.replaceAll('.', '\\.')}$"`)
  return [server([...listens(site, 80), names(patterns), ...challenges(site), 'location / { return 404; }'])]
}

const certificate = ({ tls }: NginxSite): string[] =>
  tls ? [`ssl_certificate ${tls.certificate};`, `ssl_certificate_key ${tls.key};`, ...tlsSettings] : []

// --- the site of an app with its own nginx.conf

/**
 * Writes the site of an app with its own nginx.conf. Its server blocks reach the app through one address, so they need
 * not know the slots.
 */
const ownSite = (site: NginxSite, own: OwnNginx): string[] => [
  `upstream ${site.project} {\n    server 127.0.0.1:${site.ports.own} max_fails=0;\n}\n`,
  innerServer(site),
  own.shared,
  ...own.servers.flatMap(one => ownServer(site, own, one)),
]

/** Writes the inner server. It passes on every request unchanged, because the app's own server block decides. */
const innerServer = (site: NginxSite): string =>
  server([
    `listen 127.0.0.1:${site.ports.own};`,
    `access_log ${site.log} gatling;`,
    'client_max_body_size 0;',
    ...slot(site),
    ...unchanged(nextServer(site)),
    sayUnavailable,
    unavailable,
    ...(site.files ? siteFiles(site.publicDir) : [`location / { proxy_pass ${liveSlot(site)}; }`]),
  ])

const ownServer = (site: NginxSite, own: OwnNginx, { ports, names, text }: OwnServer): string[] => {
  const wanted = own.servers.some(one => one.ports.includes(443)) ? ports : [...ports, 443 as const]
  const listened = wanted.filter(port => port === 80 || site.tls)
  if (listened.length === 0) return []
  const unlessSet = (line: string): boolean => !names.includes(line.split(' ', 1)[0] ?? '')
  return [
    server([
      ...listened.flatMap(port => listens(site, port)),
      ...(listened.includes(443) ? certificate(site) : []),
      // A rewrite could lead out of any folder. Below this root no path leads anywhere.
      'root /dev/null;',
      ...[`client_max_body_size ${site.maxBody};`, ...toApp(site), sayUnavailable].filter(unlessSet),
      unavailable,
      // The block's own redirects do not apply to challenges.
      `rewrite "^(/\\.well-known/acme-challenge/${token})$" $1 break;`,
      ...challenges(site),
      ...digested(site.publicDir, `http://${site.project}`),
      text,
    ]),
  ]
}
