import * as v from 'valibot'
import type { Figure } from '../../../core/looks.js'

interface Asked extends Pick<Figure, 'name' | 'about'> {
  /** Erlang expressions. */
  readonly value: string
  readonly limit?: string
  readonly unit?: 'bytes'
}

const info = (item: string): string => `erlang:system_info(${item})`
const memory = (name: string, about: string, kind: string): Asked => ({
  name: `memory_${name}`,
  about,
  value: `erlang:memory(${kind})`,
  unit: 'bytes',
})

/**
 * The number of processes up to which each is looked at. With more, the node would be busy for so long that visitors
 * notice it.
 */
const mostLookedAt = 50_000

/**
 * Counts LiveViews: processes that began with a view's mount/3 (Phoenix.LiveView.Channel), as their dictionary says
 * (proc_lib).
 */
const liveViews = `case ${info('process_count')} > ${mostLookedAt} of true -> null; false -> length([P || P <- processes(), {dictionary, D} <- [process_info(P, dictionary)], {_, mount, 3} <- [proplists:get_value('$initial_call', D)]]) end`

const asked: readonly Asked[] = [
  // statistics/1: processes that are ready to run, and wait for a scheduler.
  { name: 'run_queue', about: 'run queue', value: 'statistics(total_run_queue_lengths)' },
  { name: 'live_views', about: 'open LiveViews', value: liveViews },
  {
    name: 'processes',
    about: 'processes',
    value: info('process_count'),
    limit: info('process_limit'),
  },
  { name: 'atoms', about: 'atoms', value: info('atom_count'), limit: info('atom_limit') },
  { name: 'ports', about: 'ports', value: info('port_count'), limit: info('port_limit') },
  memory('total', 'memory, all', 'total'),
  memory('processes', 'memory of processes', 'processes'),
  memory('binaries', 'memory of binaries', 'binary'),
  memory('ets', 'memory of ETS tables', 'ets'),
  memory('code', 'memory of code', 'code'),
  memory('atoms', 'memory of atoms', 'atom'),
]

/** Asks for all figures at once, and loads nothing into the node. */
export const askFigures = `io:format("gatling:~w~n", [[${asked
  .map(({ value, limit = 'null' }) => `[${value}, ${limit}]`)
  .join(', ')}]]).`

const answerSchema = v.pipe(
  v.array(v.tuple([v.nullable(v.number()), v.nullable(v.number())])),
  v.length(asked.length),
)

/** Reads the answer to {@link askFigures}. @throws Error if it is not such an answer. */
export const figuresIn = (answer: unknown): readonly Figure[] => {
  const values = v.parse(answerSchema, answer)
  return asked.map(({ name, about, unit = null }, at) => {
    const [value = null, limit = null] = values[at] ?? []
    return { name, about, value, limit, unit }
  })
}
