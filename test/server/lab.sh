#!/usr/bin/env bash
# Debian machines with systemd as PID 1, each with its own disk and network. Tests use them through machine.ts.
#
#   lab.sh image SUITE bare|ready|fleet      builds a cached image if it is missing, prints its folder
#   lab.sh up PID               makes a lab (a switch) that belongs to process PID, prints its folder (its name is N)
#   lab.sh new N NAME SUITE bare|ready|fleet [SIZE [FOLDER]]
#                               makes a machine, prints its address; it has this folder of the host as /srv/shared
#   lab.sh boot|off|reboot|powercut|readonly|unplug|plug N NAME
#   lab.sh x N NAME PROGRAM...  runs a program as root on the machine's console
#   lab.sh in SUITE FOLDER:... PROGRAM...    runs a program in a throw-away Debian that has these folders of the host
#   lab.sh postgres15           fetches Debian 12's PostgreSQL 15 for a machine of Debian 13, prints the folder of its packages
#   lab.sh down N               removes the lab; `up` does so for labs whose process is dead
#
# To look at the machine of a running test: lab.sh x N NAME bash
set -eu
CACHE=${GATLING_LAB_CACHE:-/tmp/gatling-lab-cache}
LABS=${GATLING_LABS:-$(ls -d /dev/shm/gatling-labs 2>/dev/null || echo /tmp/gatling-labs)}
NODE=$(readlink -f "${GATLING_LAB_NODE:-$(command -v node)}")
SELF=$(readlink -f "$0")
BARE=systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,iproute2,ca-certificates,procps,curl,libstdc++6
READY='git nginx logrotate certbot sudo rsync elixir erlang-base erlang-dev erlang-parsetools erlang-runtime-tools erlang-ssl
  erlang-inets erlang-xmerl erlang-os-mon erlang-tools erlang-crypto erlang-public-key
  erlang-asn1 erlang-syntax-tools erlang-eunit'
# A machine can install these, too.
OFFERED='postgresql pgbackrest sqlite3 restic'
# A machine of a fleet has these in addition. None of their services starts at boot.
FLEET='docker.io docker-cli iptables wireguard-tools wireguard-go dnsmasq-base'

die() { printf '%s\n' "$*" >&2; exit 1; }
# retry SECONDS COMMAND...: repeats the command until it succeeds
retry() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep .03; done
}

# ---- images

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >&2; }
# need PROGRAM=PACKAGE...
need() {
  local p missing=()
  for p; do command -v "${p%%=*}" >/dev/null || missing+=("${p#*=}"); done
  [ ${#missing[@]} = 0 ] || { apt_get update; apt_get install "${missing[@]}"; }
}

tools() {
  need systemd-nspawn=systemd-container mmdebstrap=mmdebstrap mkfs.ext4=e2fsprogs dpkg-scanpackages=dpkg-dev \
    ip=iproute2 nsenter=util-linux pkill=procps ssh=openssh-client perl=perl-base
}
# image SUITE bare|ready|fleet: builds a missing image, and the images below it
image() {
  SUITE=$1
  # Debian 13 has Valkey, the fork of Redis.
  case $SUITE in bookworm) OFFERED+=' redis-server' ;; *) OFFERED+=' valkey-server' ;; esac
  local k key; key=$({ echo "$SUITE $BARE $READY $OFFERED"; declare -f bare ready fill; "$NODE" --version; stat -Lc %s "$NODE"; } | sha256sum | cut -c1-12)
  I=$CACHE/$SUITE-$key
  mkdir -p "$I"
  # Two test processes must not build the same image at once.
  ( flock 9; for k in bare ready; do
      [ -e "$I/$k.img" ] || made "$k"
      [ $k != "$2" ] || break
    done ) 9>"$I/lock"
  [ "$2" = fleet ] || return 0
  # The other images must not be built again when this one changes.
  BELOW=$I I=$I-fleet-$({ echo "$FLEET"; declare -f fleet download_fleet; } | sha256sum | cut -c1-12)
  mkdir -p "$I"
  ( flock 9; [ -e "$I/fleet.img" ] || made fleet ) 9>"$I/lock"
}
# Builds among the temporary files, which can be in memory. The image gets its name once it is whole.
made() {
  local r; r=$(mktemp -d "${TMPDIR:-/tmp}/gatling-image-XXXXXX"); chmod 755 "$r" "$I"
  trap "rm -rf '$r'" EXIT
  mkdir "$r/root"
  "$1" "$r" "$r/root"
  cp --sparse=always "$r/disk.img" "$I/$1.new"; mv "$I/$1.new" "$I/$1.img"
  rm -rf "$r"; trap - EXIT
}

# bare FOLDER ROOT: makes a Debian as a provider has it, and beside it the packages of `ready`, which it can install
bare() {
  local r=$2 debs=$I/debs
  rm -rf "$debs"; mkdir "$debs"
  # Only Debian's own sources are used. Dates are not checked, because a frozen mirror is good enough.
  { cat /etc/apt/sources.list.d/debian.sources 2>/dev/null || grep debian /etc/apt/sources.list; } | sed -E "s/\b(bookworm|trixie)\b/$SUITE/g" >"$1/sources"
  mmdebstrap -q --variant=minbase --mode=root --include="$BARE" \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Check-Date "false"' \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
    --customize-hook='rm -f "$1"/var/cache/apt/archives/*.deb' \
    --customize-hook="chroot \"\$1\" apt-get -qq -y --download-only install $(echo $READY $OFFERED)" \
    --customize-hook="mv \"\$1\"/var/cache/apt/archives/*.deb '$debs/'" \
    "$SUITE" "$r" "$1/sources" >&2
  ( cd "$debs" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null )
  chmod 755 "$debs"; chmod 644 "$debs"/*

  rm -rf "$r"/etc/apt/sources.list "$r"/etc/apt/sources.list.d/* "$r/etc/apt/apt.conf.d/99mmdebstrap" "$r"/etc/ssh/ssh_host_*
  echo 'deb [trusted=yes] file:/srv/debs ./' >"$r/etc/apt/sources.list"
  echo 'LANG=C.UTF-8' >"$r/etc/default/locale"
  # Without a name server a look-up fails at once.
  rm -f "$r/etc/resolv.conf"; : >"$r/etc/resolv.conf"; : >"$r/etc/machine-id"
  # Many Erlang nodes share the processors, so none must spin while it waits, or wake a thread for each file (erl(1)).
  mkdir "$r/etc/systemd/system.conf.d"
  printf '[Manager]\nDefaultEnvironment="ERL_FLAGS=+sbwt none +sbwtdcpu none +sbwtdio none +SDio 1"\n' \
    >"$r/etc/systemd/system.conf.d/erl.conf"
  printf 'UseDNS no\nPrintMotd no\nPermitRootLogin prohibit-password\n' >"$r/etc/ssh/sshd_config.d/lab.conf"
  mkdir -p "$r/srv/debs" "$r/var/log/journal"        # this folder makes the journal persistent
  install -d -m700 "$r/root/.ssh"
  install -m755 "$NODE" "$r/usr/local/bin/node"
  cat >"$r/usr/local/sbin/lab-init" <<'INIT'
#!/bin/sh
# PID 1: nspawn mounts cgroups read-only; systemd wants to write to the machine's own.
mount -o remount,rw /sys/fs/cgroup
for c in cpu cpuacct memory pids blkio cpuset freezer devices; do
  # A plain remount of a v1 hierarchy is "busy": it would change it for the host.
  [ -d /sys/fs/cgroup/$c ] && mount -o remount,bind,rw /sys/fs/cgroup/$c
done 2>/dev/null
# Debian 13's systemd wants to be asked before it uses cgroup v1; older ones do not know the word.
exec /lib/systemd/systemd --log-target=journal SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
INIT
  chmod 755 "$r/usr/local/sbin/lab-init"
  # The file is sparse, so a machine's disk costs only its content.
  truncate -s 8G "$1/disk.img"
  mkfs.ext4 -q -F -E lazy_itable_init=1,lazy_journal_init=1,nodiscard -J size=32 -d "$r" "$1/disk.img"
}

# ready FOLDER ROOT: makes the same with those packages installed
ready() {
  cp --sparse=always "$I/bare.img" "$1/disk.img"
  # It runs in its own mount namespace, so that no machine that boots meanwhile holds the disk.
  unshare --mount --propagation private bash "$SELF" __fill "$1/disk.img" "$2" "$I/debs"
}
# fill DISK ROOT DEBS
fill() {
  local r=$2
  mount -o loop,noatime "$1" "$r"
  # Services must not start while packages are installed.
  printf '#!/bin/sh\nexit 101\n' >"$r/usr/sbin/policy-rc.d"; chmod 755 "$r/usr/sbin/policy-rc.d"
  systemd-nspawn -q --register=no --keep-unit --settings=no --private-network --resolv-conf=off --timezone=off --pipe \
    --machine="gat-build-$$" -D "$r" --bind-ro="$3:/srv/debs" sh -ec "export DEBIAN_FRONTEND=noninteractive
      apt-get -qq update
      apt-get -qq -y --no-install-recommends -o DPkg::Options::=--force-unsafe-io install $(echo $READY) >/dev/null
      apt-get clean; rm -rf /var/lib/apt/lists/*" </dev/null >&2
  rmdir "/run/systemd/nspawn/propagate/gat-build-$$" 2>/dev/null || true
  rm "$r/usr/sbin/policy-rc.d"; : >"$r/etc/machine-id"
  umount "$r"
}

# fleet FOLDER ROOT: makes `ready` with the programs of a fleet
fleet() {
  cp --sparse=always "$BELOW/ready.img" "$1/disk.img"
  rm -rf "$I/debs"; mkdir "$I/debs"
  unshare --mount --propagation private bash "$SELF" __fleet "$1/disk.img" "$2" "$BELOW/debs" "$I/debs" "$1" "$SUITE"
}
# download_fleet DISK ROOT DEBS ALL FOLDER SUITE: adds the packages that the disk lacks to those in DEBS, and installs them
download_fleet() {
  local r=$2 all=$4 f=$5
  cp -l "$3"/*.deb "$all/"
  mkdir -p "$f/lists/partial" "$f/cache/archives/partial"
  { cat /etc/apt/sources.list.d/debian.sources 2>/dev/null || grep debian /etc/apt/sources.list; } | sed -E "s/\b(bookworm|trixie)\b/$6/g" >"$f/debian.sources"
  mount -o loop,noatime "$1" "$r"
  isolated() {
    apt-get -qq -y --no-install-recommends -o Dir::Etc::SourceList="$f/debian.sources" -o Dir::Etc::SourceParts=- \
      -o Dir::State::Lists="$f/lists" -o Dir::State::status="$r/var/lib/dpkg/status" -o Dir::Cache="$f/cache" \
      -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false "$@" >&2
  }
  isolated update
  isolated --download-only install $FLEET
  umount "$r"
  mv "$f"/cache/archives/*.deb "$all/"
  ( cd "$all" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null )
  chmod 755 "$all"; chmod 644 "$all"/*
  READY=$FLEET; fill "$1" "$r" "$all"
  mount -o loop,noatime "$1" "$r"
  # It warns about the missing /proc.
  chroot "$r" systemctl disable docker.service docker.socket containerd.service >/dev/null 2>&1
  umount "$r"
}

# A machine upgraded from Debian 12 to 13 has these: the old PostgreSQL, and libraries that only Debian 12 has.
POSTGRES15='postgresql-15 postgresql-client-15 libicu72 libldap-2.5-0 libllvm14'
postgres15() {
  local f=$CACHE/postgres15 d
  mkdir -p "$CACHE"
  (
    flock 9; [ ! -e "$f/Packages" ] || exit 0
    d=$(mktemp -d "${TMPDIR:-/tmp}/gatling-postgres15-XXXXXX"); trap "rm -rf '$d'" EXIT
    mkdir -p "$d/lists/partial" "$d/cache/archives/partial"
    { cat /etc/apt/sources.list.d/debian.sources 2>/dev/null || grep debian /etc/apt/sources.list; } | sed -E 's/\b(bookworm|trixie)\b/bookworm/g' >"$d/debian.sources"
    isolated() {
      apt-get -qq -o Dir::Etc::SourceList="$d/debian.sources" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$d/lists" \
        -o Dir::Cache="$d/cache" -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false "$@" >&2
    }
    isolated update
    rm -rf "$f"; mkdir "$f"; cd "$f"; isolated download $POSTGRES15
    dpkg-scanpackages --multiversion . >Packages.new 2>/dev/null; chmod 755 .; chmod 644 ./*; mv Packages.new Packages
  ) 9>"$CACHE/postgres15.lock"
  echo "$f"
}

# in SUITE FOLDER:... PROGRAM...
inside() { image "$1" ready; shift; exec unshare --mount --propagation private bash "$SELF" __enter "$I/ready.img" "$@"; }
# enter DISK FOLDER:... PROGRAM...
# It has its own loopback network, so that no other program has its ports.
enter() {
  local r f folders=() code=0 pid disk=$1 shared=$2; shift 2
  r=$(mktemp -d "${TMPDIR:-/tmp}/gatling-inside-XXXXXX"); mkdir "$r/root"
  mount -o loop,ro,noload "$disk" "$r/root"
  printf '127.0.0.1 localhost inside\n' >"$r/hosts"
  while read -r -d: f; do folders+=(--bind="$f"); done <<<"$shared:"
  SYSTEMD_NSPAWN_TMPFS_TMP=0 systemd-nspawn -q --register=no --keep-unit --settings=no --private-network --resolv-conf=off \
    --timezone=off --pipe --as-pid2 --machine="gat-inside-$$" --hostname=inside -D "$r/root" --volatile=overlay \
    --bind-ro="$r/hosts:/etc/hosts" "${folders[@]}" --chdir="$PWD" "$@" <&0 &
  pid=$!
  # The end of this process must end the program inside.
  trap 'kill "$pid" 2>/dev/null || true' TERM INT
  while kill -0 "$pid" 2>/dev/null; do code=0; wait "$pid" || code=$?; done
  rmdir "/run/systemd/nspawn/propagate/gat-inside-$$" 2>/dev/null || true
  umount "$r/root"; rm -rf "$r"
  exit $code
}

# ---- labs

# A lab N is a bridge in a network namespace, with a cable to the host (10.98.N.1). There is no route to anywhere else.
at() { N=$1; L=$LABS/$N; [ -d "$L" ] || die "no lab $N"; [ -z "${2:-}" ] || { M=$2; D=$L/m/$M; [ -d "$D" ] || die "no machine $M"; }; }
switch() { ip -n "gat${N}sw" "$@"; }
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

up() {
  mkdir -p "$LABS"
  (
    flock 9
    local l pid start n
    # An earlier run can have had its temporary files in another place.
    for l in "$LABS"/*/ /dev/shm/gatling-labs/*/ /tmp/gatling-labs/*/; do
      pid= start=; read -r pid start 2>/dev/null <"${l}owner" || true
      # A process id alone can belong to another process since.
      [ ! -d "$l" ] || [ "$(began "${pid:-0}")" = "${start:-x}" ] || (LABS=$(dirname "$l"); down "$(basename "$l")") || true
    done
    for n in $(seq 1 99); do
      # Only one process can make the namespace, so it is the lock.
      if ip netns add "gat${n}sw" 2>/dev/null; then N=$n; break; fi
    done
    [ -n "${N:-}" ] || die 'no free lab number'
    L=$LABS/$N; rm -rf "$L"; mkdir -p "$L/m"
    echo "$1 $(began "$1")" >"$L/owner"
    switch link set lo up
    switch link add br0 type bridge; switch link set br0 up
    ip link add "gat$N" type veth peer name host netns "gat${N}sw"
    switch link set host master br0 up
    ip addr add "10.98.$N.1/24" dev "gat$N"; ip link set "gat$N" up
    ssh-keygen -q -t ed25519 -N '' -C lab -f "$L/key"
    echo "$L"
  ) 9>"$LABS/lock"
}

down() {
  at "$1"
  local d c
  for d in "$L"/m/*/; do [ ! -d "$d" ] || ( at "$N" "$(basename "$d")"; crash ) & done; wait
  for d in "$L"/m/*/; do
    [ -d "$d" ] || continue
    ip netns del "gat${N}m$(cat "$d/index")" 2>/dev/null || true
    while read -r c; do retry 5 remove_cgroup "$c" || true; done < <(cat "$d/cgroups" 2>/dev/null)
  done
  ip link del "gat$N" 2>/dev/null || true
  ip netns del "gat${N}sw" 2>/dev/null || true
  rm -rf "$L"
}
remove_cgroup() { [ ! -d "$1" ] || find "$1" -depth -type d -exec rmdir {} + ; }

# ---- machines

new() {
  local k=1 ns; image "$1" "$2"
  D=$L/m/$M; mkdir "$D" || die "there is a machine $M already"; mkdir "$D/root"
  until mkdir "$L/index$k" 2>/dev/null; do k=$((k + 1)); done
  echo "$k" >"$D/index"; echo "$I/debs" >"$D/debs"; echo "${4:-}" >"$D/share"; echo "$2" >"$D/kind"; cgroups >"$D/cgroups"
  cp --sparse=always --reflink=auto "$I/$2.img" "$D/disk.img"
  if [ -n "${3:-}" ]; then
    e2fsck -fp "$D/disk.img" >/dev/null 2>&1 || true
    resize2fs "$D/disk.img" "$3" >/dev/null 2>&1; truncate -s "$3" "$D/disk.img"
  fi
  ns=gat${N}m$k; ip netns add "$ns"; ip -n "$ns" link set lo up
  ip link add "p$k" netns "gat${N}sw" type veth peer name eth0 netns "$ns"
  switch link set "p$k" master br0 up
  ip -n "$ns" addr add "10.98.$N.$((10 + k))/24" dev eth0; ip -n "$ns" link set eth0 up
  unshare --mount --propagation private bash "$SELF" __prepare "$N" "$M"
  echo "10.98.$N.$((10 + k))"
}

# It runs in its own mount namespace, so that no other process ever holds the disk.
prepare() {
  local r=$D/root
  mount -o loop,noatime "$D/disk.img" "$r"
  echo "$M" >"$r/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n10.98.%s.1 host.lab\n' "$M" "$N" >"$r/etc/hosts"
  ssh-keygen -q -t ed25519 -N '' -C "$M" -f "$r/etc/ssh/ssh_host_ed25519_key"
  install -m600 "$L/key.pub" "$r/root/.ssh/authorized_keys"
  echo "10.98.$N.$((10 + $(cat "$D/index"))) $(cat "$r/etc/ssh/ssh_host_ed25519_key.pub")" >"$D/known_hosts"
  if [ -d "$L/gatling" ]; then
    mkdir -p "$r/usr/local/lib/node_modules"
    cp -r --no-preserve=ownership "$L/gatling" "$r/usr/local/lib/node_modules/gatling-deploy"
    ln -s ../lib/node_modules/gatling-deploy/bin/gatling.js "$r/usr/local/bin/gatling"
  fi
  umount "$r"; retry 20 is_free
}

# Lists a machine's cgroups: one below our own in every hierarchy, because v1 hierarchies can hold limits.
cgroups() {
  local controllers path base
  while IFS=: read -r _ controllers path; do
    case $controllers in
      '') base=/sys/fs/cgroup/unified ;;
      name=*) base=/sys/fs/cgroup/${controllers#name=} ;;
      *) base=/sys/fs/cgroup/$controllers ;;
    esac
    [ -d "$base" ] || base=/sys/fs/cgroup
    [ "$path" != / ] || path=
    echo "$base$path/gat-$N-$M"
  done </proc/self/cgroup
}

supervisor() { cat "$D/supervisor" 2>/dev/null; }
is_on() { local p; p=$(supervisor) && grep -qs "$SELF" "/proc/$p/cmdline"; }
is_off() { ! is_on; }
# Without a loop device nothing can still write to the disk.
is_free() { [ -z "$(losetup -j "$D/disk.img")" ]; }
# Prints the host's number of the machine's PID 1.
init() {
  local p c
  p=$(cat "$D/nspawn" 2>/dev/null) && [ -n "$p" ] || return 1
  for c in $(cat "/proc/$p/task/$p/children" 2>/dev/null); do
    if [ "$(cat "/proc/$c/comm" 2>/dev/null)" = systemd ]; then echo "$c"; return; fi
  done
  return 1
}
is_ready() { case $(x systemctl is-system-running 2>/dev/null) in running | degraded) ;; *) return 1 ;; esac; }
is_other() { local p; wake "$1"; p=$(init) && [ "$p" != "$1" ]; }
# systemd-shutdown stops all processes for a moment before it ends them (SIGSTOP). An nsenter that sees its child stop
# also stops, and nobody on the host continues it. Then nobody waits for the child, and its namespace, the machine, never ends.
wake() { pkill -CONT -f "^nsenter -t $1 " || true; }

boot() {
  is_off || die "$M is on"
  rm -f "$D/nspawn"
  plug
  setsid unshare --mount --propagation private bash "$SELF" __supervise "$N" "$M" </dev/null >>"$D/console.log" 2>&1 9>&- &
  echo $! >"$D/supervisor"
  await_ready
}
await_ready() { retry 60 is_ready || { tail -20 "$D/console.log" >&2; die "$M does not boot: $(x systemctl list-jobs 2>&1)"; }; }

# Runs detached while the machine is on, and holds the only mount of its disk.
supervise() {
  local c f rule code=0 pid share rules=('c *:* m' 'b *:* m' 'c 1:* rwm' 'c 5:* rwm' 'c 136:* rwm') more=(); share=$(cat "$D/share")
  # Docker's runc makes a keyring for each container. WireGuard outside the kernel needs /dev/net/tun.
  [ "$(cat "$D/kind")" != fleet ] || { rules+=('c 10:200 rwm'); more=(--system-call-filter='add_key keyctl'); }
  mount -o loop,noatime "$D/disk.img" "$D/root"
  while read -r c; do
    if mkdir "$c" 2>/dev/null; then
      case $c in
        */cpuset/*) for f in cpuset.cpus cpuset.mems; do cat "${c%/*}/$f" >"$c/$f"; done ;;
        # The machine can make device nodes, but must not reach the host's disks with them.
        */devices/*)
          echo a >"$c/devices.deny"
          for rule in "${rules[@]}"; do echo "$rule" >"$c/devices.allow"; done ;;
      esac
    fi
    echo $$ >"$c/cgroup.procs"
  done <"$D/cgroups"
  while :; do
    # --register and --keep-unit allow a host without systemd. /tmp stays on the disk, as on a Debian server.
    SYSTEMD_NSPAWN_TMPFS_TMP=0 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network \
      systemd-nspawn -q --register=no --keep-unit --settings=no -D "$D/root" --machine="gat$N-$M" --hostname="$M" \
      --network-namespace-path="/run/netns/gat${N}m$(cat "$D/index")" --resolv-conf=off --timezone=off --link-journal=no \
      --console=pipe --kill-signal=SIGRTMIN+3 --capability=CAP_NET_ADMIN "${more[@]}" --bind-ro="$(cat "$D/debs"):/srv/debs" \
      ${share:+--bind="$share:/srv/shared"} \
      /usr/local/sbin/lab-init &
    pid=$!; echo "$pid" >"$D/nspawn"
    code=0; wait "$pid" || code=$?
    rm -f "$D/nspawn"
    # 133 asks for a reboot. nspawn does not sync the disk, which a reboot implies.
    [ "$code" = 133 ] || break
    sync -f "$D/root"
  done
  # Leave the cgroups, so that they can be removed.
  while read -r c; do echo $$ >"${c%/*}/cgroup.procs"; done <"$D/cgroups"
  rmdir "/run/systemd/nspawn/propagate/gat$N-$M" 2>/dev/null || true
  umount "$D/root"
}

x() {
  local pid bounds i drop= c
  pid=$(init) || die "$M is off"
  # nsenter keeps our capabilities. Without this, `date -s` inside would set the clock of the host.
  bounds=$(awk '/^CapBnd/ { print $2 }' "/proc/$pid/status")
  for ((i = 0; i <= $(cat /proc/sys/kernel/cap_last_cap); i++)); do
    (((16#$bounds >> i) & 1)) || drop+="${drop:+,}-cap_$i"
  done
  (
    # The program runs in the machine's cgroups, for its limits and for /proc/self/cgroup.
    while read -r c; do
      [ ! -d "$c/payload" ] || c=$c/payload                   # where nspawn put PID 1
      # Pure cgroup v2 allows no process beside child groups.
      [ -e /sys/fs/cgroup/cgroup.controllers ] || echo $BASHPID >"$c/cgroup.procs"
    done <"$D/cgroups"
    exec nsenter -t "$pid" -m -u -i -n -p -C -r -w setpriv --inh-caps=-all ${drop:+--bounding-set="$drop"} \
      env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" "$@"
  )
}

is_gone() { wake "$1"; is_off; }
settled() { retry 30 is_gone "$1" && retry 20 is_free || die "$M cannot be stopped: $(losetup -j "$D/disk.img")"; }
off() {
  local pid
  if pid=$(init); then kill -RTMIN+3 "$pid"; fi
  ( settled "$pid" ) 2>/dev/null || crash
}
kill_init() { local pid; if pid=$(init); then wake "$pid"; kill -9 "$pid"; fi; is_off; }
crash() {
  local pid; pid=$(init) || true
  retry 20 kill_init || kill -9 "$(supervisor)" "$(cat "$D/nspawn")" || true
  settled "$pid"
}
reboot() {
  local pid; pid=$(init) || die "$M is off"
  x systemctl reboot
  retry 60 is_other "$pid" || die "$M does not go down"
  await_ready
}
# A machine without power closes no connection, and loses what its file system has not written. EXT4_IOC_SHUTDOWN
# without a flush of the journal does the same.
powercut() {
  unplug
  nsenter -t "$(supervisor)" -m perl -e 'open F, "<", $ARGV[0] or die $!; my $flags = pack("L", 2); ioctl(F, 0x8004587d, $flags) or die $!' "$D/root"
  crash
}
# The file system aborts, as after an error of its disk: it can be read, but not written (ext4(5), abort). The name is
# not `readonly`, because bash has that word.
disk_readonly() { nsenter -t "$(supervisor)" -m mount -o remount,abort "$D/root"; }
unplug() { switch link set "p$(cat "$D/index")" down; }
plug() { switch link set "p$(cat "$D/index")" up; }

verb=${1:-help}; shift || true
case $verb in
  image) tools; image "$@"; echo "$I" ;;
  postgres15) tools; postgres15 ;;
  up) tools; up "$@" ;;
  in) tools; inside "$@" ;;
  down) down "$@" ;;
  new) at "$1"; M=$2; shift 2; new "$@" ;;
  __enter) enter "$@" ;;
  __fill) fill "$@" ;;
  __fleet) download_fleet "$@" ;;
  __prepare) at "$@"; prepare ;;
  __supervise) at "$@"; supervise ;;
  x) at "$1" "$2"; shift 2; x "$@" ;;
  boot | off | reboot | powercut | unplug | plug) at "$@"; "$verb" ;;
  readonly) at "$@"; disk_readonly ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "$SELF" >&2; exit 2 ;;
esac
