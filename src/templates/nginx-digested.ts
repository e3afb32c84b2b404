/**
 * Writes the locations of digested files. They never change, so nginx can serve them whichever release is live. The app
 * serves all other files.
 */
export const digested = (publicDir: string, target: string): string[] => [
  // No part of the path may begin with a dot: an nginx.conf could rewrite to a path that leads out of the folder.
  `location ~ "^(?!.*/\\.).*-[0-9a-f]{32}\\.[^/]+$" {
    root ${publicDir};
    disable_symlinks on from=${publicDir};
    gzip_static on;
    gzip_vary on;
${typesOfFiles}
    add_header Cache-Control "public, max-age=31536000, immutable";
    try_files $uri @gatling_app;
}`,
  `location @gatling_app { proxy_pass ${target}; }`,
]

/** The types that Phoenix uses. nginx's own list lacks some, and browsers run no module with a wrong type. */
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

/** The types of files, by their endings. */
export const typesOfFiles = `    types {
${fileTypes.map(type => `        ${type};`).join('\n')}
    }
    default_type application/octet-stream;`
