import type { Task } from './env.js'
import type { Pipeline } from './step.js'

/** The lists of steps for one kind of app. */
export type Stack = Readonly<Record<Task, Pipeline>>
