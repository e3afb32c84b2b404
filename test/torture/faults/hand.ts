import type { Fault } from '../fault.js'
import type { Random } from '../random.js'
import { checkServing, reasonIn } from '../round.js'

const root = '/var/lib/gatling/apps/shop'
const units = '/etc/systemd/system'

export interface Meddling {
  /** The choices in words. */
  readonly place?: string
  /** The commands that somebody runs by hand, as root. */
  readonly harm: string
  /** The commands that undo it. A refusal of a push must name them. */
  readonly remedy: string
  /** The text that a refusal must contain. */
  readonly names: RegExp
  /** Whether the app does not answer until the push. */
  readonly isOutage?: boolean
  /** The changes of the next push, so that it uses the changed files. */
  readonly files?: (random: Random) => Readonly<Record<string, string>>
}

/** Changes files of Gatling by hand while no deploy runs. The next push repairs them, or refuses and says what to do. */
export const byHand = (name: string, meddling: Meddling | ((random: Random) => Meddling)): Fault => ({
  name,
  group: 'by hand',
  plan: random => {
    const mode = random.pick(['auto', 'swap'] as const)
    const meant = typeof meddling === 'function' ? meddling(random) : meddling
    const { place = '', harm, remedy, names, isOutage = false, files = () => ({}) } = meant
    const changes = files(random)
    return {
      place: place === '' ? mode : `${place}, ${mode}`,
      run: async round => {
        const { world, before, breach, note, remark } = round
        const push = async (): Promise<void> => {
          const tag = await world.commit({ mode, files: changes })
          const said = await world.push().ended
          note(`--- push after it: claims "${said.claim}"\n${said.text}`)
          if (said.claim === 'deployed') {
            await checkServing(round, [tag], said.claim, 'deploy')
            round.settled(tag)
            return remark('healed')
          }
          remark(`refused: ${reasonIn(said.text)}`)
          if (!names.test(said.text))
            breach(`it refuses and does not name ${names.source}: ${reasonIn(said.text)}`)
          await world.agent.sh(remedy)
          await checkServing(round, [before], said.claim)
        }
        if (!isOutage) {
          await world.agent.sh(harm)
          return push()
        }
        const end = world.traffic.outage()
        await world.agent.sh(harm)
        await push()
        end()
      },
    }
  },
})

const domains = (names: string): Readonly<Record<string, string>> => ({ domains: names })

export const byHandFaults: readonly Fault[] = [
  byHand('broken file in sites-enabled', {
    harm: 'echo "this is no nginx configuration" >/etc/nginx/sites-enabled/zz-broken',
    remedy: 'rm -f /etc/nginx/sites-enabled/zz-broken',
    names: /zz-broken/,
    // A new name makes nginx reload.
    files: random => domains(`shop.test\nother${random.int(1, 1_000_000)}.test\n`),
  }),
  byHand('site edited', {
    harm: 'echo "# by hand" >>/etc/nginx/sites-available/shop.conf',
    remedy: 'true',
    names: /shop\.conf/,
  }),
  byHand('site broken', {
    harm: 'echo "broken" >/etc/nginx/sites-available/shop.conf',
    remedy: 'true',
    names: /shop\.conf/,
  }),
  byHand('site removed', {
    harm: 'rm -f /etc/nginx/sites-enabled/shop.conf /etc/nginx/sites-available/shop.conf',
    remedy: 'true',
    names: /shop\.conf/,
  }),
  byHand('marker removed or made', {
    harm: 'm=/var/lib/gatling/route/shop; if [ -e $m ]; then rm $m; else touch $m; fi',
    remedy: 'true',
    names: /route/,
  }),
  byHand('nginx stopped', {
    harm: 'systemctl stop nginx',
    remedy: 'systemctl start nginx',
    names: /nginx/,
    isOutage: true,
  }),

  byHand('unit edited', {
    harm: `sed -i 's/^ExecStart=.*/ExecStart=\\/bin\\/false/' ${units}/shop@.service; systemctl daemon-reload`,
    remedy: 'true',
    names: /shop@/,
  }),
  byHand('unit edited, not reloaded', {
    harm: `sed -i 's/^Restart=.*/Restart=no/' ${units}/shop@.service`,
    remedy: 'true',
    names: /shop@/,
  }),
  byHand('units removed', {
    harm: `rm -f ${units}/shop@.service ${units}/shop.service ${units}/multi-user.target.wants/shop.service; systemctl daemon-reload`,
    remedy: 'true',
    names: /shop/,
  }),
  byHand('unit masked', {
    harm: `ln -sf /dev/null ${units}/shop@.service; systemctl daemon-reload`,
    remedy: `rm -f ${units}/shop@.service; systemctl daemon-reload`,
    names: /shop@/,
  }),
  byHand('environment removed', {
    harm: 'rm -f /etc/gatling/env/shop-a /etc/gatling/env/shop-b',
    remedy: 'true',
    names: /env/,
  }),
  byHand('door stopped', {
    harm: 'systemctl stop gatling-door@shop.socket gatling-door@shop.service',
    remedy: 'systemctl start gatling-door@shop.socket',
    names: /gatling-door@shop\.socket/,
  }),

  byHand("root's files in the checkout", {
    harm: `chown -R root:root ${root}/build/lib ${root}/build/_build/prod/lib/shop; touch ${root}/build/left`,
    remedy: `chown -R gatling-shop:gatling-shop ${root}/build`,
    names: /chown -R .*build|[Pp]ermission denied/,
  }),
  byHand("root's files in runs", {
    harm: `cd ${root}/runs; chown -R root:root $(ls | sort -n | tail -1)`,
    remedy: `chown -R gatling-shop:gatling-shop ${root}/runs`,
    names: /chown -R .*runs/,
  }),
  byHand('runs belong to root', {
    harm: `chown root:root ${root}/runs`,
    remedy: `chown gatling-shop:gatling-shop ${root}/runs`,
    names: /chown -R .*runs/,
  }),
  byHand('releases belong to root', {
    harm: `chown root:root ${root}/deploy/releases`,
    remedy: `chown gatling-shop:gatling-shop ${root}/deploy/releases`,
    names: /chown -R .*deploy/,
  }),
  byHand("root's old release", {
    harm: `cd ${root}/deploy/releases; live=$(basename $(readlink ../current)); for r in *; do [ $r = $live ] || { chown -R root:root $r; break; }; done`,
    remedy: `chown -R gatling-shop:gatling-shop ${root}/deploy/releases`,
    names: /chown -R .*deploy/,
  }),
  byHand('checkout closed', {
    harm: `chmod 000 ${root}/build`,
    remedy: `chmod 750 ${root}/build`,
    names: /chown -R .*build/,
  }),
  byHand('repository closed', {
    harm: `chmod 000 ${root}/repo.git/objects`,
    remedy: `chmod 755 ${root}/repo.git/objects`,
    names: /chown -R .*repo\.git/,
  }),
  byHand('state belongs to root', {
    harm: `chown root:root ${root}/state.json; chmod 600 ${root}/state.json`,
    remedy: `chown gatling-shop:gatling-shop ${root}/state.json`,
    names: /chown -R .*state\.json/,
  }),
]
