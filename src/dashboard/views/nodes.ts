import { html } from 'hono/html'
import { size } from '../../core/size.js'
import type { Node } from '../answers.js'
import { empty, grid, type Html, nothing, pill, plain, typed } from './parts.js'

/** Shows the machines of the fleet. */
export const nodesView = (nodes: readonly Node[]): Html => html`<div class="head"><h1>Nodes</h1></div>
${
  nodes.length === 0
    ? empty(
        'This server stands alone',
        html`<p>It can share its apps with other machines. In a terminal:</p>${typed('gatling nodes add root@n2.example.com')}`,
      )
    : grid(
        'Nodes',
        ['Node', 'State', 'Role', 'Load', 'Free memory', 'Free disk', 'Gatling', 'Runs'],
        nodes.map(row),
      )
}`

const row = ({ name, address, state, reason, lead, manager, facts }: Node): readonly (Html | string)[] => [
  html`${plain(name, 60)}<small>${plain(address, 60)}</small>`,
  html`${pill(state === 'ready' ? 'good' : 'bad', state)}${reason === null ? nothing : html`<small>${plain(reason, 300)}</small>`}`,
  lead ? 'lead' : manager ? 'manager' : 'worker',
  ...(facts === null
    ? ['–', '–', '–', '–', '–']
    : [
        `${facts.load.toFixed(1)} of ${facts.processors}`,
        size(facts.memory.free_bytes),
        size(facts.disk.free_bytes),
        plain(facts.gatling, 60),
        plain(facts.instances.join(', '), 300) || '–',
      ]),
]
