import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNginxConf } from '../../src/config/nginx-conf.js'
import { GatlingError } from '../../src/core/error.js'
import { failureOf } from '../helpers/failure.js'

const facts = { project: 'shop', domains: ['shop.test', '*.shop.test', '192.168.0.1'] }
const parse = (text: string) => parseNginxConf(text, facts)
/** Wraps these lines in a server block. */
const server = (lines: string): string => `server { server_name shop.test; ${lines} }`
const inLocation = (lines: string): string => server(`location / { ${lines} }`)
const zonesIn = (text: string): string[] => [...text.matchAll(/zone=(\w+)/g)].map(([, name]) => name ?? '')
/** Returns what Gatling writes for nginx. */
const written = (text: string): string => {
  const { shared, servers } = parse(text)
  return shared + servers.map(one => `server {\n${one.text}\n}\n`).join('')
}

const example = `# The shop, with a limit on its login.
limit_req_zone $binary_remote_addr zone=shop_login:1m rate=5r/s;
limit_conn_zone $binary_remote_addr zone=shop_all:10m;

map $http_accept_language $shop_language {
    hostnames;
    default en;
    "~^de" de;
}

server {
    listen 80;
    listen [::]:80;
    listen 443 ssl http2;
    server_name shop.test *.shop.test;

    client_max_body_size 50m;
    add_header X-Frame-Options "SAME\\"ORIGIN" always;
    gzip on;
    gzip_types text/css application/json;
    access_log off;
    set_real_ip_from 173.245.48.0/20;
    set_real_ip_from 2400:cb00::/32;
    real_ip_header CF-Connecting-IP;

    if ($host = "192.168.0.1") {
        return 404;
    }
    location / {
        limit_conn shop_all 10;
        set $answer "\${host}-$shop_language";
        proxy_set_header Host $host;
        proxy_buffer_size 32k;
        proxy_buffers 8 32k;
        proxy_pass http://shop;
        location ~* "^/x{2}/(?<!a)b" {
            allow 10.0.0.0/8;
            deny all;
            proxy_pass http://shop;
        }
    }
    location = /login {
        limit_req zone=shop_login burst=5 nodelay;
        proxy_pass http://shop/users/log_in?next=$uri;
    }
    location @gone {
        rewrite ^/old/(.*)$ /new/$1 permanent;
        return 410 'gone; {really}\\n';
    }
    error_page 404 = @gone;
}
`

describe("an app's own nginx.conf", () => {
  it('is written out unchanged, except comments and what Gatling sets itself', () => {
    const [login, all] = zonesIn(parse(example).shared)
    expect(parse(example)).toEqual({
      shared: `limit_req_zone $binary_remote_addr zone=${login}:1m rate=5r/s;
limit_conn_zone $binary_remote_addr zone=${all}:10m;
map $http_accept_language $shop_language {
    hostnames;
    default en;
    ~^de de;
}
`,
      servers: [
        {
          ports: [80, 443],
          names: expect.arrayContaining(['server_name', 'client_max_body_size', 'location', 'error_page']),
          text: `server_name shop.test *.shop.test;
client_max_body_size 50m;
add_header X-Frame-Options "SAME\\"ORIGIN" always;
gzip on;
gzip_types text/css application/json;
access_log off;
set_real_ip_from 173.245.48.0/20;
set_real_ip_from 2400:cb00::/32;
real_ip_header CF-Connecting-IP;
if ($host = 192.168.0.1 ) {
    return 404;
}
location / {
    limit_conn ${all} 10;
    set $answer "\${host}-$shop_language";
    proxy_set_header Host $host;
    proxy_buffer_size 32k;
    proxy_buffers 8 32k;
    proxy_pass http://shop;
    location ~* "^/x{2}/(?<!a)b" {
        allow 10.0.0.0/8;
        deny all;
        proxy_pass http://shop;
    }
}
location = /login {
    limit_req zone=${login} burst=5 nodelay;
    proxy_pass http://shop/users/log_in?next=$uri;
}
location @gone {
    rewrite ^/old/(.*)$ /new/$1 permanent;
    return 410 "gone; {really}\\n";
}
error_page 404 = @gone;`,
        },
      ],
    })
  })

  it('gets zones named by their keys, because nginx refuses a changed key', () => {
    const zone = (key: string, rate = '1r/s'): string => {
      const { shared, servers } = parse(
        `limit_req_zone ${key} zone=shop_a:1m rate=${rate};\n${inLocation('limit_req zone=shop_a;')}`,
      )
      const [name = ''] = zonesIn(shared)
      expect(name).toMatch(/^shop_a_[0-9a-f]{8}$/)
      expect(servers[0]?.text).toContain(`limit_req zone=${name};`)
      return name
    }
    expect(zone('$binary_remote_addr')).toBe(zone('$binary_remote_addr', '9r/s'))
    expect(zone('$binary_remote_addr')).not.toBe(zone('$server_name'))
  })

  it('can be empty, and listens on port 80 by default', () => {
    expect(parse('# nothing\n')).toEqual({ shared: '', servers: [] })
    expect(parse(server('')).servers.map(({ ports }) => ports)).toEqual([[80]])
    expect(parse(server('listen 443 ssl;')).servers.map(({ ports }) => ports)).toEqual([[443]])
  })

  it('stays the same when it is parsed again', () => {
    const others = example.replaceAll(/^.*(limit_req|limit_conn).*$/gm, '')
    expect(written(written(others))).toBe(written(others))
  })

  it.each<[string, string]>([
    // directives that reach outside of the app
    ['include /etc/passwd;', 'include is not allowed: this file must contain the whole configuration'],
    ['load_module x.so;', 'load_module is not allowed'],
    ['user root;', 'user is not allowed'],
    ['env SECRET;', 'env is not allowed'],
    ['error_log /etc/cron.d/x;', 'error_log is not allowed: nginx writes its logs as root'],
    ['log_format x y;', 'log_format is not allowed'],
    ['http { }', 'http is not allowed: begin with server'],
    ['upstream shop_x { server 10.0.0.1; }', 'upstream is not allowed: the app is the upstream shop'],
    ['proxy_cache_path /tmp/x keys_zone=x:1m;', 'proxy_cache_path is not allowed'],
    ['add_header A b;', 'add_header does not belong outside of server'],
    [server('include x;'), 'include is not allowed'],
    [server('server { }'), 'server does not belong in server'],
    [server('root /etc;'), 'root is not allowed: files are served by the app'],
    [inLocation('alias /etc/;'), 'alias is not allowed'],
    [inLocation('try_files /../etc/passwd =404;'), 'try_files is not allowed'],
    [inLocation('lua_code_cache on;'), 'lua_code_cache is not allowed'],
    [inLocation('content_by_lua_block { os.execute("x"); }'), 'content_by_lua_block is not allowed'],
    [inLocation('perl_modules x;'), 'perl_modules is not allowed'],
    [inLocation('js_content x;'), 'js_content is not allowed'],
    [inLocation('dav_methods PUT;'), 'dav_methods is not allowed'],
    [inLocation('proxy_store on;'), 'proxy_store is not allowed'],
    [inLocation('proxy_temp_path /etc;'), 'proxy_temp_path is not allowed'],
    [inLocation('proxy_bind 1.2.3.4;'), 'proxy_bind is not allowed'],
    [inLocation('proxy_ssl_certificate x;'), 'proxy_ssl_certificate is not allowed'],
    [inLocation('client_body_temp_path /etc;'), 'client_body_temp_path is not allowed'],
    [inLocation('fastcgi_pass unix:/run/php.sock;'), 'fastcgi_pass is not allowed'],
    [inLocation('resolver 1.1.1.1;'), 'resolver is not allowed'],
    [inLocation('stub_status;'), 'stub_status is not allowed'],
    [server('ssl_certificate x;'), "ssl_certificate is not allowed: certificates are Gatling's work"],
    [
      inLocation('auth_basic_user_file /etc/shadow;'),
      'auth_basic_user_file is not allowed: nginx would read',
    ],
    [inLocation('auth_basic x;'), 'Plug.BasicAuth'],
    [server('access_log /etc/cron.d/x;'), 'access_log takes nothing but off'],
    [server('access_log off /x;'), 'access_log takes nothing but off'],
    [inLocation('if ($a) { access_log /x; }'), 'access_log takes nothing but off'],
    [inLocation('add_haeder A b;'), 'add_haeder is not allowed; did you mean add_header?'],
    // ports and names
    [server('listen 8080;'), 'listen takes 80, or 443 ssl'],
    [server('listen 10.0.0.1:80;'), 'listen takes 80'],
    [server('listen 80 default_server;'), 'listen takes 80'],
    [server('listen 443 ssl default_server;'), 'listen takes 80'],
    [server('listen 80 so_keepalive=on;'), 'listen takes 80'],
    [server('listen unix:/run/x.sock;'), 'listen takes 80'],
    [server('listen 127.0.0.1:443;'), 'listen takes 80'],
    [server('listen;'), 'listen takes 80'],
    ['server { listen 80; }', 'server needs a server_name'],
    ['server { server_name; }', 'server needs a server_name'],
    ['server x { server_name shop.test; }', 'server takes no arguments'],
    [
      'server { server_name bank.test; }',
      'server_name may name only what the file domains does, which bank.test is not',
    ],
    ['server { server_name shop.test _; }', 'server_name may name only'],
    ['server { server_name ""; }', 'server_name may name only'],
    ['server { server_name .shop.test; }', 'server_name may name only'],
    ['server { server_name a.shop.test; }', 'server_name may name only'],
    ['server { server_name ~^(.*)$; }', 'server_name may name only'],
    [server('location / { server_name shop.test; }'), 'server_name does not belong in location'],
    [server('location / { listen 80; }'), 'listen does not belong in location'],
    // addresses for proxy_pass
    [
      inLocation('proxy_pass http://127.0.0.1:5432;'),
      'proxy_pass may lead only to the app itself: http://shop',
    ],
    [inLocation('proxy_pass http://shop_admin;'), 'proxy_pass may lead only'],
    [inLocation('proxy_pass http://shop.evil.test;'), 'proxy_pass may lead only'],
    [inLocation('proxy_pass http://shop:80;'), 'proxy_pass may lead only'],
    [inLocation('proxy_pass http://shop@evil.test;'), 'proxy_pass may lead only'],
    [inLocation('proxy_pass http://shop$request_uri;'), 'proxy_pass may lead only'],
    [inLocation('proxy_pass http://$host;'), 'proxy_pass may lead only'],
    [inLocation('proxy_pass http://unix:/run/docker.sock;'), 'proxy_pass may lead only'],
    [inLocation('proxy_pass https://shop;'), 'proxy_pass may lead only'],
    [inLocation('proxy_pass http://gatling_shop_a;'), 'proxy_pass may lead only'],
    [inLocation('set_real_ip_from evil.test;'), 'set_real_ip_from takes addresses'],
    // names that all apps share
    [
      'limit_req_zone $a zone=login:1m rate=1r/s;',
      'limit_req_zone takes one zone=shop_ and then letters and digits',
    ],
    ['limit_req_zone $a zone=shop_admin_login:1m rate=1r/s;', 'limit_req_zone takes one zone=shop_'],
    ['limit_req_zone $a zone=shop_a:1m zone=x:1m rate=1r/s;', 'limit_req_zone takes one zone=shop_'],
    ['limit_req_zone $a rate=1r/s;', 'limit_req_zone takes one zone=shop_'],
    ['limit_req_zone $a zone=shop_a:11m rate=1r/s;', 'limit_req_zone takes a zone of at most 10m'],
    ['limit_req_zone $a zone=shop_a:1g rate=1r/s;', 'limit_req_zone takes a zone of at most 10m'],
    ['limit_conn_zone $a zone=shop_a;', 'limit_conn_zone takes a zone of at most 10m'],
    ['limit_conn_zone $a zone=x:1m { }', 'limit_conn_zone takes no block'],
    [inLocation('limit_req zone=bank_a;'), 'limit_req takes one zone=shop_'],
    [inLocation('limit_conn bank_a 1;'), 'limit_conn takes a zone whose name begins with shop_'],
    ['map $a $b { }', 'map takes a variable whose name is $shop_'],
    ['map $a $gatling_connection { }', 'map takes a variable'],
    ['map $a $http_upgrade { }', 'map takes a variable'],
    ['map $a $shop_admin_x { }', 'map takes a variable'],
    ['map $a shop_x { }', 'map takes a variable'],
    ['map $a { }', 'map takes two variables'],
    ['map $a $shop_x;', 'map takes a block'],
    ['map $a $shop_x { include /etc/passwd; }', 'include is not an entry of a map'],
    ['map $a $shop_x { "include" /etc/passwd; }', 'include is not an entry of a map'],
    ['map $a $shop_x { a b c; }', 'a is not an entry of a map'],
    ['map $a $shop_x { a { b c; } }', 'a is not an entry of a map'],
    ['map $a $shop_x { ~(?<http_upgrade>x) y; }', 'may not name the groups of a regular expression'],
    [server('location ~ (?<gatling_connection>x) { }'), 'location may not name the groups'],
    [server('location ~ (?P<host>x) { }'), 'location may not name the groups'],
    [server(`location ~ "(?'host'x)" { }`), 'location may not name the groups'],
    [inLocation('rewrite (?<x>.*) /;'), 'rewrite may not name the groups'],
    [inLocation('if ($uri ~ (?<x>.*)) { }'), 'if may not name the groups'],
    [inLocation('set $gatling_slot b;'), 'set may not set a variable of nginx itself'],
    [inLocation('set $HTTP_UPGRADE b;'), 'set may not set a variable of nginx itself'],
    [inLocation('set x y;'), 'set may not set'],
    // the rest
    [inLocation('if (-f /root/x) { return 404; }'), 'if can test only variables'],
    [inLocation('if ( !-e /root/x ) { return 404; }'), 'if can test only variables'],
    [inLocation('if ("-d" /root) { return 404; }'), 'if can test only variables'],
    [inLocation('if ($a ~ x y) { }'), 'if takes ($a), ($a = b) or ($a ~ b)'],
    [inLocation('if ($a ~) { }'), 'if takes ($a), ($a = b) or ($a ~ b)'],
    [inLocation('if ($a x b) { }'), 'if takes ($a), ($a = b) or ($a ~ b)'],
    // memory, disk and connections, which all apps share
    [
      inLocation('proxy_buffers 99 999k;'),
      'proxy_buffers takes a number of buffers and a size, of 1m together',
    ],
    [inLocation('proxy_buffers 100 1k;'), 'proxy_buffers takes'],
    [inLocation('proxy_buffers 1 10m;'), 'proxy_buffers takes'],
    [inLocation('proxy_buffers 8 0k;'), 'proxy_buffers takes'],
    [inLocation('proxy_buffer_size 1m;'), 'proxy_buffer_size takes a size of 256k at most'],
    [inLocation('proxy_busy_buffers_size 1m;'), 'proxy_busy_buffers_size takes a size of 512k at most'],
    [inLocation('client_max_body_size 0;'), 'client_max_body_size takes a size from 1 to 10g'],
    [inLocation('client_max_body_size 11g;'), 'client_max_body_size takes a size from 1 to 10g'],
    [inLocation('client_max_body_size $arg_x;'), 'client_max_body_size takes a size from 1 to 10g'],
    [inLocation('keepalive_timeout 365d;'), 'keepalive_timeout takes times of a day at most'],
    [inLocation('proxy_read_timeout 90000;'), 'proxy_read_timeout takes times of a day at most'],
    [
      `${'limit_req_zone $a zone=shop_a:10m rate=1r/s;\n'.repeat(3)}`,
      'limit_req_zone is one zone too many: an app may have 16, of 20m together',
    ],
    [`${'limit_req_zone $a zone=shop_a:32k rate=1r/s;\n'.repeat(17)}`, 'limit_req_zone is one zone too many'],
    [
      inLocation('limit_req zone=shop_none;'),
      'limit_req uses the zone shop_none, which no limit_req_zone of this',
    ],
    [inLocation('limit_conn shop_none 1;'), 'limit_conn uses the zone shop_none'],
    // patterns, wherever nginx reads one
    [inLocation('if ($arg_x ~ "^(a|aa)+$") { }'), 'if has a pattern that repeats a group'],
    [inLocation('if ( $arg_x !~* "^(a|aa)+$" ) { }'), 'if has a pattern that repeats a group'],
    [inLocation('if ($arg_x ~ ^(a|aa)+$) { }'), 'if has a pattern that repeats a group'],
    [server('location ~ "^(a|aa)+$" { }'), 'location has a pattern that repeats a group'],
    [server('location ~*^(a|aa)+$ { }'), 'location has a pattern that repeats a group'],
    [inLocation('rewrite "^(a|aa)+$" /;'), 'rewrite has a pattern that repeats a group'],
    [inLocation('proxy_redirect ~^(a|aa)+$ /;'), 'proxy_redirect has a pattern that repeats a group'],
    [
      inLocation('proxy_cookie_path "~*^(a|aa)+$" /;'),
      'proxy_cookie_path has a pattern that repeats a group',
    ],
    [
      inLocation('proxy_cookie_domain ~^(a|aa)+$ x;'),
      'proxy_cookie_domain has a pattern that repeats a group',
    ],
    ['map $a $shop_x { "~^(a|aa)+$" y; }', 'has a pattern that repeats a group'],
    ['map $a $shop_x { ~*^(a|aa)+$ y; }', 'has a pattern that repeats a group'],
    [
      `map $a $shop_x { ${Array.from({ length: 700 }, (_, at) => `~${100 + at} y;`).join(' ')} }`,
      'has one pattern too many: all of them may have 2000 letters, without those that begin with ^ and repeat',
    ],
    // values that grow
    [inLocation('set $a "$a$a";'), 'set joins several values'],
    [inLocation('set $a "$b${b}"; set $b $a;'), 'set joins several values'],
    [inLocation('set $a "$args$args";'), 'set joins several values'],
    [inLocation('if ($a ~ "^(.*)$") { set $a "$1$1"; }'), 'set joins several values'],
    ['map $shop_b$shop_b $shop_a { default x; } map $a $shop_b { default x; }', 'map joins several values'],
    ['map $a $shop_b { default "$shop_c$shop_c"; } map $a $shop_c { default x; }', 'default joins several'],
    [inLocation('rewrite ^(.*)$ $1$1;'), 'rewrite may use one variable, or each group of its pattern once'],
    [inLocation('set $Aa "$AA$aA";'), 'set joins several values'],
    [inLocation('set $a "$ARGS$ARGS";'), 'set joins several values'],
    [inLocation('rewrite ^((?:/)(.*))$ $1$2;'), 'rewrite may use one variable'],
    [inLocation('rewrite ^ $uri$uri;'), 'rewrite may use one variable'],
    [inLocation('rewrite ^((.*))$ $1$2;'), 'rewrite may use one variable'],
    [inLocation('rewrite ^ /x?a=$args;'), 'rewrite puts a part of the request into its query'],
    [inLocation(`return 200 "${'$host'.repeat(21)}";`), 'return has more than 20 variables in a word'],
    [inLocation('return 200 { }'), 'return takes no block'],
    [server('location /;'), 'location takes a block'],
    [server('location { }'), 'location takes a path'],
    [server('location = { }'), 'location takes a path'],
    [server('location x /y { }'), 'location takes a path'],
    [
      server('location @gatling_app { }'),
      'location must not begin with @gatling: these names are for Gatling itself',
    ],
  ])('is refused: %j', async (text, said) => {
    const error = await failureOf(() => parse(text))
    expect(error.code).toBe('NGINX_CONF_INVALID')
    expect(error.message).toContain(said)
    expect(error.hint).toContain('proxy_pass')
  })

  it.each<[string, string]>([
    [`${server('')} }`, 'a } that closes nothing'],
    [`${server('')} } } user root; http { {`, 'a } that closes nothing'],
    ['} user root; http {', 'a } that closes nothing'],
    ['server {', 'a block is not closed'],
    ['server { server_name shop.test; location / {}', 'a block is not closed'],
    ['server { server_name shop.test }', 'server_name is not ended'],
    ['limit_req_zone $a', 'limit_req_zone is not ended'],
    [';', 'a ; without a directive'],
    ['{ }', 'a { without a directive'],
    [server("return 200 'x; } user root;"), 'a quote or a word that does not end'],
    [server('return 200 "x; } user root;'), 'a quote or a word that does not end'],
    [server("return 200 'x'}user root;"), 'a quote or a word that does not end'],
    [server('return 200 "x"y;'), 'a quote or a word that does not end'],
    [server('return 200 "x""y";'), 'a quote or a word that does not end'],
    // Neither a quote nor a comment begins within a word, and no quote in a comment.
    [server(`return 200 a"; } user root; server { return 200 b";`), 'user is not allowed'],
    [server(`return 200 a'; } user root; server { return 200 b';`), 'user is not allowed'],
    [server('return 200 a#; } user root; server {'), 'user is not allowed'],
    [`${server('')} # '\n user root; # '`, 'user is not allowed'],
    // An escaped backslash does not keep a quote open, and a backslash does not continue a line.
    [server(`return 200 "\\\\"; } user root; server { return 200 "x";`), 'user is not allowed'],
    [server(`return 200 '\\\\'; } user root; server { return 200 'x';`), 'user is not allowed'],
    [server(`return 200 a\\\n; } user root; server {`), 'user is not allowed'],
    [server('return 200 ${x; } user root; server {'), 'user is not allowed'],
    [server('return 200 \\${ user root; }'), 'return takes no block'],
    [`${server('')} user\vroot;`, 'a control character'],
    ['server\0{ }', 'a control character'],
    ['user\u00a0root;', 'user\u00a0root is not allowed'],
    ['server {\\', 'a quote or a word that does not end'],
  ])('is refused when it could break out of its block: %j', async (text, said) => {
    const error = await failureOf(() => parse(text))
    expect(error.code).toBe('NGINX_CONF_INVALID')
    expect(error.message).toContain(said)
  })

  it.each<[string, string, string]>([
    ['a long word', server(`return 200 ${'x'.repeat(1_001)};`), 'a word longer than'],
    ['30 blocks', server('location / {'.repeat(30) + '}'.repeat(30)), 'blocks in more than'],
    ['40 000 blocks', 'a{'.repeat(40_000), 'blocks in more than'],
    ['50 000 braces', '{'.repeat(50_000), 'a { without a directive'],
    ['a long quote', `"${'\\x'.repeat(49_000)}"`, 'a quote or a word that does not end'],
    ['a long file', `#${'x'.repeat(100_000)}`, 'the file is longer than'],
  ])('is refused when it is too large: %s', async (_, text, said) => {
    const error = await failureOf(() => parse(text))
    expect(error.code).toBe('NGINX_CONF_INVALID')
    expect(error.message).toContain(said)
    expect(error.message.length).toBeLessThan(500)
  })

  it.each([
    inLocation(
      'client_max_body_size 10g; proxy_buffers 8 128k; proxy_read_timeout 1d; keepalive_timeout 75s 60s;',
    ),
    inLocation('set $a "$host:$http_x:$args"; set $b "$a,"; rewrite ^/(\\d+)/(\\w+)$ /$2?id=$1? last;'),
    inLocation(
      'rewrite ^/(\\d+)$ /x?y; if ($a) { } if ($a != "") { } if ( $a ~* "^x(a|b)$" ) { return 204; }',
    ),
    inLocation('proxy_redirect ~^http://a/(.*)$ /$1; proxy_cookie_path / "/; secure";'),
    server('location =/a { } location ^~/b { } location ~*\\.php$ { return 404; } location ~ ^/c { }'),
    `map $uri $shop_a { ${Array.from({ length: 1_900 }, (_, at) => `~^/old/${at} y;`).join(' ')} }`,
    `map "$host:$http_x" $shop_a { default "$host"; "~^a:(.*)$" $1; }`,
  ])('is accepted: %s', text => {
    expect(written(text)).not.toBe('')
  })

  it('gets an error that names every problem with its line', async () => {
    const text =
      'user root;\nserver {\n  server_name\n    bank.test;\n  # }\n  root "/a\nb";\n  listen 1;\n}\n'
    const { message } = await failureOf(() => parse(text))
    expect([...message.matchAll(/line (\d+): (\w+)/g)].map(match => `${match[1]} ${match[2]}`)).toEqual([
      '1 user',
      '3 server_name',
      '6 root',
      '8 listen',
    ])
  })

  it('cannot define a shared name that another app could define', async () => {
    const zoneOf = (project: string, name: string) => () =>
      parseNginxConf(`limit_req_zone $a zone=${name}:1m rate=1r/s;`, { project, domains: [] })
    expect(zoneOf('shop_admin', 'shop_admin_x')().shared).toContain('shop_admin_x')
    expect((await failureOf(zoneOf('shop', 'shop_admin_x'))).code).toBe('NGINX_CONF_INVALID')
    expect((await failureOf(zoneOf('shop_', 'shop_x'))).code).toBe('NGINX_CONF_INVALID')
  })

  const pieces = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('server', 'server_name', 'shop.test', 'location', '/', 'return', '200', 'x'),
    },
    {
      weight: 6,
      arbitrary: fc.constantFrom(' ', ' ', '\n', ';', ';', '{', '}', '"', "'", '\\', '$', '#', '${', ')'),
    },
    { weight: 1, arbitrary: fc.constantFrom('user', 'include', 'map', 'proxy_pass', 'root', 'if', '($x)') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
  )
  const statement = fc.constantFrom(
    'return 200 x;',
    'return 200 "a;}b{";',
    "add_header a 'b\\'c';",
    'location /a { return 204; }',
    'location ~ "x{2}" { return 204; }',
    'listen 80;',
    '# } "\n',
  )
  const files = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map(parts => parts.join('')),
    fc
      .array(fc.oneof({ weight: 8, arbitrary: statement }, { weight: 1, arbitrary: pieces }), {
        maxLength: 12,
      })
      .map(parts => `server { server_name shop.test; ${parts.join(' ')} }`),
  )

  it('is refused, or is written with balanced blocks and known directives only', () => {
    let accepted = 0
    fc.assert(
      fc.property(files, text => {
        try {
          const said = written(text)
          const seen = directives(said)
          accepted++
          expect(seen.filter(name => !allowed.includes(name))).toEqual([])
          expect(written(said)).toBe(said)
        } catch (error) {
          if (!(error instanceof GatlingError)) throw error
          expect(error.code).toBe('NGINX_CONF_INVALID')
        }
      }),
      { numRuns: 5_000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })
})

const allowed = [
  'server',
  'server_name',
  'location',
  'return',
  'add_header',
  'if',
  'map',
  'break',
  'internal',
]

/** Reads the directives of a written text character by character, so independently of the parser under test. */
const directives = (text: string): string[] => {
  const names: string[] = []
  let depth = 0
  let isQuoted = false
  let words = ['']
  const end = (): void => {
    const [name] = words.filter(word => word !== '')
    if (name !== undefined) names.push(name)
    words = ['']
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (isQuoted && char === '\\') at++
    else if (char === '"') isQuoted = !isQuoted
    else if (isQuoted) words[words.length - 1] += '.'
    else if (/\s/.test(char)) words.push('')
    else if (char === ';') end()
    else if (char === '{') {
      end()
      depth++
    } else if (char === '}') {
      depth--
      expect(depth).toBeGreaterThanOrEqual(0)
    } else words[words.length - 1] += char
  }
  expect([depth, isQuoted]).toEqual([0, false])
  return names
}
