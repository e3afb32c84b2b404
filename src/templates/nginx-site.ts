export interface NginxSite {
  readonly project: string
  /** Host names, some perhaps `*.x.y`. */
  readonly domains: readonly string[]
  readonly ports: {
    readonly a: number
    readonly b: number
    /** Where the app's own nginx.conf reaches it. */
    readonly own: number
  }
  /** Exists while slot b serves. */
  readonly marker: string
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
  /** The app's own nginx.conf, checked and taken apart. */
  readonly own: OwnNginx | null
  /** The largest request body, like `10M`. */
  readonly maxBody: string
  /** Where what was answered is written: for an app's own nginx.conf, which may write no log, or none of this. */
  readonly log: string
  /** Whether the kernel knows IPv6: without it nginx fails on `[::]`. */
  readonly ipv6: boolean
  /** Where nginx listens: 80 and 443 but for tests. */
  readonly http?: number
  readonly https?: number
}

export interface OwnNginx {
  /** What stands beside the server blocks. */
  readonly shared: string
  readonly servers: readonly OwnServer[]
}

export interface OwnServer {
  readonly ports: readonly OwnPort[]
  /** The directives of the block itself: what Gatling would set, such a block sets in its stead. */
  readonly names: readonly string[]
  /** The block's content, without `listen`. */
  readonly text: string
}

export type OwnPort = 80 | 443

/** An app's site for nginx. Which slot serves is looked up at every request, so a switch needs no reload. */
export const nginxSite = (site: NginxSite): string =>
  [
    header(site),
    slots(site),
    ...(site.own ? ownSite(site, site.own) : defaultSite(site)),
    ...formerNames(site),
  ].join('\n')

const header = ({ project, own }: NginxSite): string => `\
# Written by Gatling, and written again by every deploy that changes it: do not edit.
# Change it in ${project}'s repository: domains, [nginx] in gatling.toml, ${own ? 'nginx.conf' : 'or an nginx.conf of its own'}.
`

/** The other slot answers requests whose slot was looked up before a switch and that connect after it. */
const slots = ({ project, ports }: NginxSite): string =>
  [upstream(project, 'a', ports.a, ports.b), upstream(project, 'b', ports.b, ports.a)].join('')

const upstream = (project: string, slot: string, port: number, other: number): string => `\
upstream gatling_${project}_${slot} {
    server 127.0.0.1:${port} max_fails=0;
    server 127.0.0.1:${other} max_fails=0 backup;
}
`

// --- the site of an app without an nginx.conf of its own

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

/** 308, not 301: a POST stays a POST. */
const toHttps = 'location / { return 308 https://$host$request_uri; }'

const app = (site: NginxSite): string[] => [
  `client_max_body_size ${site.maxBody};`,
  ...slot(site),
  ...toApp,
  sayUnavailable,
  unavailable,
  // Whoever asks for a stream of events waits for each one; everything else is buffered, so that slow clients do not hold up a switch.
  'error_page 418 = @gatling_stream;',
  `location / {
    if ($http_accept ~ text/event-stream) { return 418; }
    proxy_pass ${liveSlot(site)};
}`,
  `location @gatling_stream {
    proxy_buffering off;
    proxy_pass ${liveSlot(site)};
}`,
  ...digested(site, liveSlot(site)),
]

const liveSlot = ({ project }: NginxSite): string => `http://gatling_${project}_$gatling_slot`

/** Nothing is remembered of the marker: a switch counts from the next request on. */
const slot = ({ marker }: NginxSite): string[] => [
  'open_file_cache off;',
  'set $gatling_slot a;',
  `if (-f ${marker}) { set $gatling_slot b; }`,
]

/** A session cookie of 4 KB, as Phoenix allows, does not fit with all else into the 4 KB of nginx for headers. */
const buffers = ['proxy_buffer_size 16k;', 'proxy_buffers 8 16k;']

/**
 * How requests reach an app. Host is the name nginx chose the app by, which `$http_host` need not be. What clients say
 * of where they come from is replaced, not appended to. The app itself ends what is idle too long; nginx would after an
 * hour. Where no answer came in time the other slot is not asked: it would be the same request twice.
 */
const toApp = [
  'proxy_http_version 1.1;',
  'proxy_set_header Host $host;',
  'proxy_set_header Upgrade $http_upgrade;',
  'proxy_set_header Connection $gatling_connection;',
  'proxy_set_header X-Forwarded-For $remote_addr;',
  'proxy_set_header X-Forwarded-Proto $scheme;',
  'proxy_set_header X-Forwarded-Host $host;',
  'proxy_set_header X-Forwarded-Port $server_port;',
  'proxy_set_header X-Real-IP $remote_addr;',
  'proxy_set_header X-Client-IP "";',
  'proxy_set_header Forwarded "";',
  'proxy_read_timeout 1h;',
  'proxy_send_timeout 1h;',
  'proxy_next_upstream error;',
  'proxy_redirect off;',
  ...buffers,
]

/** Only where nginx itself has no answer: what the app says with such a status is left as it is. */
const sayUnavailable = 'error_page 502 503 504 @gatling_unavailable;'
const unavailable = `location @gatling_unavailable {
    default_type text/plain;
    add_header Retry-After 5 always;
    add_header Cache-Control no-store always;
    return 503 "The app does not answer at the moment. Please try again.\\n";
}`

/** Digested files never change, so nginx may serve them whichever release is live; the rest the app serves. */
const digested = ({ publicDir }: NginxSite, target: string): string[] => [
  // No part of the path may begin with a dot: an nginx.conf can rewrite to one that leads out of the folder.
  `location ~ "^(?!.*/\\.).*-[0-9a-f]{32}\\.[^/]+$" {
    root ${publicDir};
    disable_symlinks on from=${publicDir};
    gzip_static on;
    gzip_vary on;
    types {
${fileTypes.map(type => `        ${type};`).join('\n')}
    }
    default_type application/octet-stream;
    add_header Cache-Control "public, max-age=31536000, immutable";
    try_files $uri @gatling_app;
}`,
  `location @gatling_app { proxy_pass ${target}; }`,
]

/** As Phoenix says them; nginx's own list lacks some, and browsers run no module of another type. */
const fileTypes = [
  'application/json json map',
  'application/manifest+json webmanifest',
  'application/pdf pdf',
  'application/wasm wasm',
  'application/xml xml',
  'audio/mpeg mp3',
  'audio/ogg ogg',
  'audio/wav wav',
  'font/otf otf',
  'font/ttf ttf',
  'font/woff woff',
  'font/woff2 woff2',
  'image/avif avif',
  'image/gif gif',
  'image/jpeg jpeg jpg',
  'image/png png',
  'image/svg+xml svg',
  'image/vnd.microsoft.icon ico',
  'image/webp webp',
  'text/css css',
  'text/html html',
  'text/javascript js mjs',
  'text/plain txt',
  'video/mp4 mp4',
  'video/webm webm',
]

const token = '[A-Za-z0-9_-]+'

/** Answers to Let's Encrypt (RFC 8555, 8.3): nothing but files named as its tokens are. */
const challenges = ({ acmeDir }: NginxSite): string[] => [
  `location ^~ /.well-known/acme-challenge/ {
    location ~ "^/\\.well-known/acme-challenge/${token}$" {
        root ${acmeDir};
        default_type text/plain;
        allow all;
    }
    return 404;
}`,
]

/**
 * A certificate is renewed for all of its names or for none, so those that the app has no more are still answered for.
 * As patterns: nginx asks these last, so whoever else has such a name by now has it undisturbed.
 */
const formerNames = (site: NginxSite): string[] => {
  const certified = site.tls?.domains.filter(name => !name.startsWith('*')) ?? []
  const former = certified.filter(name => !site.domains.includes(name))
  if (former.length === 0) return []
  const patterns = former.map(name => `"~^${name.replaceAll('.', '\\.')}$"`)
  return [server([...listens(site, 80), names(patterns), ...challenges(site), 'location / { return 404; }'])]
}

/** `http2` here and not as a directive, which nginx before 1.25.1 does not know; later ones only warn. */
const listens = ({ http = 80, https = 443, ipv6 }: NginxSite, port: OwnPort): string[] => {
  const what = port === 80 ? `${http}` : `${https} ssl http2`
  return [`listen ${what};`, ...(ipv6 ? [`listen [::]:${what};`] : [])]
}

/** Mozilla's "intermediate" without finite-field Diffie-Hellman. */
const certificate = ({ tls }: NginxSite): string[] =>
  tls
    ? [
        `ssl_certificate ${tls.certificate};`,
        `ssl_certificate_key ${tls.key};`,
        'ssl_protocols TLSv1.2 TLSv1.3;',
        `ssl_ciphers ${ciphers.join(':')};`,
        'ssl_prefer_server_ciphers off;',
        'ssl_session_cache shared:gatling:10m;',
        'ssl_session_timeout 1d;',
        'ssl_session_tickets off;',
      ]
    : []

const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]

const server = (lines: readonly string[]): string =>
  `server {\n${lines.map(line => line.replace(/^(?=.)/gm, '    ')).join('\n')}\n}\n`

// --- the site of an app with an nginx.conf of its own

/** The app's own server blocks reach it through an address of their own, so that they need not know of slots. */
const ownSite = (site: NginxSite, own: OwnNginx): string[] => [
  `upstream ${site.project} {\n    server 127.0.0.1:${site.ports.own} max_fails=0;\n}\n`,
  innerServer(site),
  own.shared,
  ...own.servers.flatMap(one => ownServer(site, own, one)),
]

/** Passes on what it gets as it gets it: what the app's own server block said is what counts. */
const innerServer = (site: NginxSite): string =>
  server([
    `listen 127.0.0.1:${site.ports.own};`,
    `access_log ${site.log} gatling;`,
    'client_max_body_size 0;',
    ...slot(site),
    'proxy_http_version 1.1;',
    'proxy_set_header Host $http_host;',
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $gatling_connection;',
    'proxy_request_buffering off;',
    'proxy_buffering off;',
    ...buffers,
    'proxy_read_timeout 1d;',
    'proxy_send_timeout 1d;',
    'proxy_next_upstream error;',
    'proxy_redirect off;',
    `proxy_ignore_headers ${nginxHeaders.join(' ')};`,
    ...[...nginxHeaders, 'Server', 'Date'].map(name => `proxy_pass_header ${name};`),
    sayUnavailable,
    unavailable,
    `location / { proxy_pass ${liveSlot(site)}; }`,
  ])

/** What an app tells nginx: meant for its own server block. */
const nginxHeaders = [
  'X-Accel-Redirect',
  'X-Accel-Expires',
  'X-Accel-Limit-Rate',
  'X-Accel-Buffering',
  'X-Accel-Charset',
]

const ownServer = (site: NginxSite, own: OwnNginx, { ports, names, text }: OwnServer): string[] => {
  const wanted = own.servers.some(one => one.ports.includes(443)) ? ports : [...ports, 443 as const]
  const listened = wanted.filter(port => port === 80 || site.tls)
  if (listened.length === 0) return []
  const unlessSet = (line: string): boolean => !names.includes(line.split(' ', 1)[0] ?? '')
  return [
    server([
      ...listened.flatMap(port => listens(site, port)),
      ...(listened.includes(443) ? certificate(site) : []),
      // A rewrite can lead out of any folder; from here no path leads anywhere.
      'root /dev/null;',
      ...[`client_max_body_size ${site.maxBody};`, ...toApp, sayUnavailable].filter(unlessSet),
      unavailable,
      // The block's own redirects do not apply to challenges.
      `rewrite "^(/\\.well-known/acme-challenge/${token})$" $1 break;`,
      ...challenges(site),
      ...digested(site, `http://${site.project}`),
      text,
    ]),
  ]
}
