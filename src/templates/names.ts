/**
 * Writes the unit that answers for the names of instances (dnsmasq(8)). The address is that in erlang/cluster.inetrc. It
 * passes other questions on to the name servers in /etc/resolv.conf. No app can listen there in its place: the port needs
 * root's rights, of which dnsmasq has this one.
 */
export const namesUnit = (folder: string): string => `# Written by Gatling.
[Unit]
Description=Gatling's names for the instances of apps in the fleet
After=network.target

[Service]
# It has started once it can be reloaded: before that, SIGHUP would end it.
Type=forking
PIDFile=/run/gatling-names/pid
RuntimeDirectory=gatling-names
ExecStart=/usr/sbin/dnsmasq --conf-file=/dev/null --pid-file=/run/gatling-names/pid --user=nobody --listen-address=127.0.0.83 --bind-interfaces --no-hosts --addn-hosts=${folder} --local=/gatling/ --cache-size=0
ExecReload=/bin/kill -HUP $MAINPID
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateDevices=yes
MemoryMax=64M
TasksMax=16
Restart=always
RestartSec=1s
SyslogIdentifier=gatling-names

[Install]
WantedBy=multi-user.target
`

/** Writes a name and its addresses, as in hosts(5). */
export const hostsLines = (name: string, addresses: readonly string[]): string =>
  addresses.map(address => `${address} ${name}\n`).join('')
