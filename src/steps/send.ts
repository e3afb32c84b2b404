import { step } from '../core/step.js'

export const sendRelease = step({
  name: 'send_release',
  about: 'On a fleet, sends the release to the other machines of the app, which deploy it at the same time.',
  run: (env, { peers }) => peers.send(env),
  undo: (_, { peers }) => peers.undo(),
  settle: (_, { peers }) => peers.settle(),
})
