import type { Fault } from '../fault.js'
import { byHand } from './hand.js'

const root = '/var/lib/gatling/apps/shop'
const etc = '/etc/gatling'
const kept = '/root/kept'
const last = `$(ls -d ${root}/runs/* | sort -V | tail -1)`
const live = `$(basename $(readlink ${root}/deploy/current))`

/** The files in which Gatling keeps its state, as shell patterns, and the name that a refusal must contain. */
const files: readonly (readonly [name: string, path: string, names: RegExp])[] = [
  ['state.json', `${root}/state.json`, /apps\/shop\/state\.json/],
  ['bad.json', `${root}/bad.json`, /bad\.json/],
  ['request.json', `${last}/request.json`, /request\.json/],
  ['result.json', `${last}/result.json`, /result\.json/],
  ['events.jsonl', `${last}/events.jsonl`, /events\.jsonl/],
  ['manifest', `${root}/deploy/current/gatling.json`, /gatling\.json/],
  ['git hook', `${root}/repo.git/hooks/proc-receive`, /proc-receive/],
  ['registry', `${etc}/apps/shop.json`, /apps\/shop\.json/],
  ['config values', `${etc}/config/shop.json`, /config/],
  ['kept config values', `${etc}/configs/shop/${live}.json`, /configs\/shop/],
  ['environment of a slot', `$(ls -t ${etc}/env/shop-[ab] | head -1)`, /env\/shop/],
  ['facts of a slot', `$(ls -t ${etc}/env/shop-[ab].json | head -1)`, /env\/shop/],
  ['keys', `${etc}/keys.json`, /keys\.json/],
  ['audit', '/var/log/gatling/audit.jsonl', /audit\.jsonl/],
]

/** The bytes that are left of a file `$f`. */
const sizes = [
  ['emptied', '0'],
  ['half of it', '$(($(stat -c %s $f) / 2))'],
  ['without its last bytes', '-2'],
] as const

/** Faults that empty or cut off a file, as a damaged disk or an editor does. */
export const damages: readonly Fault[] = files.map(([name, path, names]) =>
  byHand(`${name} damaged`, random => {
    const [place, size] = random.pick(sizes)
    return {
      place,
      harm: `f=${path}; [ -s $f ] || { echo '[]' >$f; chown --reference=$(dirname $f) $f; }; cp -p $f ${kept}; echo $f >${kept}.path; truncate -s ${size} $f`,
      remedy: `cp -p ${kept} $(cat ${kept}.path)`,
      names,
    }
  }),
)
