import { typesOfFiles } from './nginx-digested.js'

/**
 * How nginx serves the files of an app itself: those of the slot that is live, else what an earlier release had, which is in
 * `kept`. Browsers ask each time whether a file is still the same. A link in the folder, which the app's user can write, is
 * not followed.
 */
export const siteFiles = (folder: string): string[] => [
  // Behind an nginx.conf of its own the site listens on a port that is closed to visitors.
  'absolute_redirect off;',
  'error_page 403 =404 /404.html;',
  'error_page 404 /404.html;',
  // Names that begin with a dot are not for visitors, but for those that RFC 8615 makes public.
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
