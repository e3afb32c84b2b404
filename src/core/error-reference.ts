import * as errors from './errors.js'

/** The text of docs/errors.md: every error there is, from where it is made. */
export const errorReference = (): string => {
  const rows = Object.values(errors)
    .flatMap(maker => ('code' in maker && 'about' in maker ? [{ code: maker.code, about: maker.about }] : []))
    .sort((one, other) => (one.code < other.code ? -1 : 1))
  return `# Errors

Every error says what happened and what to do next, that of a deploy also what serves now. Codes never change.
Commands exit with 0 when they succeed, 1 when something was refused or failed, 2 for a wrong command line, 70 for a bug
of Gatling itself.

| code | what happened |
| --- | --- |
${rows.map(({ code, about }) => `| \`${code}\` | ${about} |`).join('\n')}
`
}
