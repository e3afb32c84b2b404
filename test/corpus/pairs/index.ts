import type { Pair } from '../pair.js'
import { configuration } from './config.js'
import { dependencies } from './dependencies.js'
import { ecto } from './ecto.js'
import { modules } from './modules.js'
import { native } from './native.js'
import { phoenix } from './phoenix.js'
import { processes } from './processes.js'
import { protocols } from './protocols.js'
import { runtime } from './runtime.js'
import { statics } from './static.js'
import { supervision } from './supervision.js'
import { umbrella } from './umbrella.js'

/** Every pair, one idea each. */
export const pairs: readonly Pair[] = [
  ...modules,
  ...processes,
  ...supervision,
  ...protocols,
  ...phoenix,
  ...ecto,
  ...configuration,
  ...dependencies,
  ...statics,
  ...native,
  ...runtime,
  ...umbrella,
]
