import { type DeployEvent, readEvent } from './events.js'
import type { Reach } from './reach.js'
import { refusalOf } from './refusal.js'
import type { Reading, Shown } from './stream.js'
import { progressView } from './views/deploy.js'
import { refusal } from './views/parts.js'
import { after, nothingYet, type Usual } from './waterfall.js'

/** Shows a deploy from its events: its progress above, its log below. */
export const readingOfDeploy = (reach: Reach, project: string, usual: Usual): Reading => {
  let progress = nothingYet
  return {
    line: line => {
      const event = readEvent(line)
      if (event === null) return null
      progress = after(progress, event)
      return shownOf(event)
    },
    view: () => progressView(project, progress, usual, Date.now()),
    refused: ending => refusal(refusalOf(ending, reach)),
  }
}

const shownOf = (event: DeployEvent): Shown | null => {
  switch (event.type) {
    case 'step-start':
      return { kind: 'step', text: event.step }
    case 'hook-start':
      return { kind: 'hook', text: `${event.hook} (${event.file})` }
    case 'command':
      return { kind: 'command', text: `$ ${event.text}` }
    case 'warning':
      return { kind: 'warning', text: `warning: ${event.text}` }
    case 'output':
    case 'note':
      return { kind: event.type, text: event.text }
    default:
      return null
  }
}

/** Shows the log of an app. */
export const readingOfLog = (reach: Reach): Reading => ({
  line: text => ({ kind: 'output', text }),
  view: () => null,
  refused: ending => refusal(refusalOf(ending, reach)),
})
