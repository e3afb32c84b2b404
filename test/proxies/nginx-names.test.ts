import { expect, it } from 'vitest'
import { foreignSites } from '../../src/proxies/nginx-names.js'

const dump = `# configuration file /etc/nginx/nginx.conf:
http {
  # server_name comment.test;
  include /etc/nginx/sites-enabled/*;
}

# configuration file /etc/nginx/sites-enabled/hand:
server { listen 80; listen [::]:80; server_name Shop.test
  .blog.test "quoted.test"; # server_name no.test;
}

# configuration file /etc/nginx/sites-enabled/implied:
server { server_name implied.test; }
# configuration file /etc/nginx/sites-enabled/address:
server { listen 10.0.0.1; server_name address.test; }
# configuration file /etc/nginx/sites-enabled/tls:
server { listen 10.0.0.1:443 ssl; server_name tls.test; }

# configuration file /etc/nginx/sites-enabled/elsewhere:
server { listen 127.0.0.1:8080; server_name elsewhere.test; }

# configuration file /etc/nginx/sites-enabled/ours.conf:
server { listen 80; server_name ours.test; }
`

const found = (...ports: readonly number[]): string[] =>
  foreignSites(dump, path => path.endsWith('ours.conf'), ports).flatMap(({ path, names }) =>
    names.map(name => `${path.replace(/^.*\//, '')} ${name}`),
  )

it('finds the names of hand-written sites on the ports that an app uses', () => {
  const http = ['hand shop.test', 'hand blog.test', 'hand *.blog.test', 'hand quoted.test']
  expect(found(80)).toEqual([...http, 'implied implied.test', 'address address.test'])
  expect(found(443)).toEqual(['tls tls.test'])
  expect(found(8080)).toEqual(['elsewhere elsewhere.test'])
  expect(found(80, 443)).toEqual([...found(80), ...found(443)])
})
