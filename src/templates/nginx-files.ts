import { typesOfFiles } from './nginx-digested.js'

/**
 * Writes how nginx serves the files of an app itself: those of the live slot, or else those of an earlier release in
 * `kept`. Browsers ask each time whether a file has changed. nginx follows no link in the folder, which the app's user
 * can write.
 */
export const siteFiles = (folder: string): string[] => [
  // If the app has its own nginx.conf, this site listens on a port that visitors cannot reach.
  'absolute_redirect off;',
  'error_page 403 =404 /404.html;',
  'error_page 404 /404.html;',
  // Names that begin with a dot are not for visitors, except the one that RFC 8615 makes public.
  'location ~ "/\\.(?!well-known/)" { return 404; }',
  `location / {
    root ${folder}/$gatling_slot;
    disable_symlinks on from=${folder};
    index index.html;
${typesOfFiles}
    add_header Cache-Control no-cache;
    try_files $uri $uri.html $uri/ @gatling_kept;
}`,
  `location @gatling_kept {
    root ${folder}/kept;
    disable_symlinks on from=${folder};
${typesOfFiles}
    add_header Cache-Control no-cache;
    try_files $uri =404;
}`,
]
