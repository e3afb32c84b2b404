#!/usr/bin/env bash
# unified.sh SCRIPT: runs a bash script in a Debian 13 with pure cgroup v2, and prints its output. A machine of lab.sh
# lacks rules about addresses and ports (bpf(2)). This one has only a loopback network, and leaves nothing behind.
set -eu

prepare() {
  export WORK IMAGE
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/gatling-unified-XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
  IMAGE=$(bash "$(dirname "$(readlink -f "$0")")/lab.sh" image trixie ready)/ready.img
  cp "$1" "$WORK/script"
  mkdir "$WORK"/{image,disk,cgroup}
  unshare --mount --propagation private bash "$0" outside
}

# It runs in its own mount namespace, which removes all mounts at its end.
outside() {
  local root=$WORK/disk/root cgroup=$WORK/cgroup/gatling-unified-$$
  mount -o loop,ro,noload "$IMAGE" "$WORK/image"
  mount -t tmpfs disk "$WORK/disk"
  mkdir "$WORK"/disk/{upper,work,root}
  mount -t overlay root -o "lowerdir=$WORK/image,upperdir=$WORK/disk/upper,workdir=$WORK/disk/work" "$root"
  mount -t cgroup2 cgroup "$WORK/cgroup"
  mkdir "$cgroup"
  # It runs in a subshell, so that this shell can remove the cgroup.
  (
    echo "$BASHPID" >"$cgroup/cgroup.procs"
    unshare --cgroup --pid --fork --kill-child --net --uts --ipc --mount bash "$0" inside "$root" || true
  )
  find "$cgroup" -depth -type d -exec rmdir {} +
  cat "$root/root/said"
}

inside() {
  local root=$1 unit node
  ip link set lo up
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
  mount -t tmpfs run "$root/run"
  mount -t tmpfs dev "$root/dev"
  mkdir "$root/dev/pts" "$root/dev/shm"
  while read -r node; do mknod -m666 "$root"/dev/$node; done <<<$'null c 1 3\nzero c 1 5\nrandom c 1 8\nurandom c 1 9\ntty c 5 0'
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  for unit in ssh nginx epmd systemd-udevd console-getty; do ln -sf /dev/null "$root/etc/systemd/system/$unit.service"; done
  mv "$WORK/script" "$root/root/script"
  cat >"$root/etc/systemd/system/script.service" <<'UNIT'
[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/bash -e /root/script
# systemd can end before it answers, and that error is not the output of the script.
ExecStopPost=-/bin/sh -c 'systemctl --no-block poweroff >/dev/null 2>&1'
StandardOutput=append:/root/said
StandardError=append:/root/said
UNIT
  ln -s ../script.service "$root/etc/systemd/system/multi-user.target.wants/"
  cd "$root"
  mkdir old
  pivot_root . old
  umount -l /old
  exec env -i container=other PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --log-target=null --show-status=0 </dev/null >/dev/null 2>&1
}

case $1 in
  outside) outside ;;
  inside) inside "$2" ;;
  *) prepare "$1" ;;
esac
