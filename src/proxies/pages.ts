import { type ServerResponse, STATUS_CODES } from 'node:http'

/** Answers with a plain page of Gatling. */
export const page = (response: ServerResponse, status: number, text: string): void => {
  const body = `<!doctype html><meta charset="utf-8"><title>${status}</title><h1>${status}</h1><p>${escapeHtml(text)}</p>\n`
  // An app's own words for another status do not stay.
  response.writeHead(status, STATUS_CODES[status] ?? '', {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'retry-after': '1',
  })
  response.end(body)
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
