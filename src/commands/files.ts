import type { Command } from '../core/host.js'

const quiet = (...argv: [string, ...string[]]): Command => ({ argv, quiet: true })

export const makeDir = (path: string): Command => quiet('mkdir', '-p', '--', path)

/** Nothing happens where there is nothing. */
export const remove = (path: string): Command => quiet('rm', '-rf', '--', path)

/** The contents of one folder into another, with their modes and times; shares blocks where the disk can. */
export const copyTree = (from: string, to: string): Command =>
  quiet('cp', '-a', '--reflink=auto', '--', `${from}/.`, to)

export const isExecutable = (path: string): Command => quiet('test', '-x', path)

export const isFile = (path: string): Command => quiet('test', '-f', path)
