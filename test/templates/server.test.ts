import { expect, it } from 'vitest'
import { needrestart } from '../../src/templates/server.js'
import { must } from '../helpers/world.js'

/** Returns the units that needrestart would restart, by the rule of its own program in Perl. */
const restarted = async (units: readonly string[]): Promise<string[]> => {
  const program = `
    our %nrconf = (override_rc => { qr(^dbus) => 0 });
    eval $ARGV[0]; die $@ if $@;
    shift;
    for my $rc (@ARGV) { print "$rc\\n" unless grep { $rc =~ /$_/ && !$nrconf{override_rc}->{$_} } keys %{$nrconf{override_rc}} }`
  const output = await must(['perl', '-e', program, needrestart(), ...units])
  return output.split('\n').filter(Boolean)
}

it('needrestart leaves only apps and deploys alone', async () => {
  const ours = ['shop@a.service', 'my_shop2@b.service', 'gatling-deploy-shop-7.service']
  const others = ['nginx.service', 'getty@tty1.service', 'postgresql@15-main.service']
  expect(await restarted([...ours, ...others, 'dbus.service'])).toEqual(others)
})
