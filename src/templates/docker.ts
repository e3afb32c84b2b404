/**
 * Writes Docker's settings. The seats of a fleet use no network of Docker's, so it gets neither a bridge nor rules of
 * the firewall (dockerd(8)).
 */
export const dockerSettings = (): string =>
  `${JSON.stringify(
    { bridge: 'none', iptables: false, ip6tables: false, 'ip-forward': false, 'no-new-privileges': true },
    null,
    2,
  )}\n`

/** Writes the drop-in that starts Docker after the fleet network, on whose address it listens. */
export const dockerAfterNetwork = (network: string): string =>
  `# Written by gatling nodes.\n[Unit]\nWants=${network}\nAfter=${network}\n`
