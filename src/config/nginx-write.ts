import type { OwnPort } from '../templates/nginx-listen.js'
import type { OwnServer } from '../templates/nginx-site.js'
import type { Statement } from './nginx-read.js'

/** Writes a server block for nginx, without `listen`, which Gatling adds. */
export const ownServer = ({ block }: Statement): OwnServer => {
  const content = (block ?? []).filter(({ name }) => name !== 'listen')
  const ports = (block ?? [])
    .filter(({ name }) => name === 'listen')
    .map(({ args }): OwnPort => (args[0]?.endsWith('443') ? 443 : 80))
  return {
    ports: ports.length > 0 ? [...new Set(ports)] : [80],
    names: content.map(({ name }) => name),
    text: content
      .map(one => render(one))
      .join('')
      .trimEnd(),
  }
}

/** Writes a directive for nginx. */
export const render = ({ name, args, block }: Statement, indent = ''): string => {
  const words = `${indent}${[name, ...args].map(quote).join(' ')}`
  if (block === null) return `${words};\n`
  return `${words} {\n${block.map(one => render(one, `${indent}    `)).join('')}${indent}}\n`
}

const quote = (word: string): string =>
  /^[\w$./:@=~^*+,?|()<>!%&-]+$/.test(word)
    ? word
    : `"${word.replace(/["\\\n\r\t]/g, char => written[char] ?? `\\${char}`)}"`

const written: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
