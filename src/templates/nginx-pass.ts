/**
 * The sizes of buffers. Phoenix allows a session cookie of 4 KB, which with all other headers does not fit into nginx's
 * default of 4 KB.
 */
export const buffers = ['proxy_buffer_size 16k;', 'proxy_buffers 8 16k;']

/** The headers of an upgrade, only to a WebSocket: a client that changed to h2c would bypass nginx (RFC 9113, 3.1). */
export const toWebSockets = [
  'proxy_set_header Upgrade $gatling_upgrade;',
  'proxy_set_header Connection $gatling_connection;',
]

/** The headers by which an app instructs nginx. */
const instructing = [
  'X-Accel-Redirect',
  'X-Accel-Expires',
  'X-Accel-Limit-Rate',
  'X-Accel-Buffering',
  'X-Accel-Charset',
]

/**
 * Writes how a request and its answer are passed on unchanged, because another server block decides about them.
 * @param next when nginx asks the next server.
 */
export const unchanged = (next: readonly string[]): string[] => [
  'proxy_http_version 1.1;',
  'proxy_set_header Host $http_host;',
  ...toWebSockets,
  'proxy_request_buffering off;',
  'proxy_buffering off;',
  ...buffers,
  'proxy_read_timeout 1d;',
  'proxy_send_timeout 1d;',
  ...next,
  'proxy_redirect off;',
  `proxy_ignore_headers ${instructing.join(' ')};`,
  ...[...instructing, 'Server', 'Date'].map(name => `proxy_pass_header ${name};`),
]
