import type { Runtime } from '../../../core/runtime.js'
import type { Engine } from './engine.js'

/** What a step of a Phoenix app may use. */
export interface PhoenixRuntime extends Runtime {
  readonly engine: Engine
}
