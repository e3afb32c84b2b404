import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { countedIn, quantile } from '../../src/core/latency.js'
import { answersIn, parseAnswer } from '../../src/proxies/nginx-log.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
const second = (at: number): string => `17000000${String(at).padStart(2, '0')}.500`
const ms = (at: number): number => (1_700_000_000 + at) * 1_000

describe("nginx's log of answers", () => {
  let log: string
  beforeEach(() => {
    log = join(folder(), 'answers.log')
  })

  it('can be missing', () => {
    expect(answersIn(log, 20_001, 0, ms(99))).toMatchObject({ requests: 0, errors: 0 })
  })

  it('is read only as far back as needed', () => {
    // The older part cannot be parsed, so nothing must read it.
    writeFileSync(log, 'nonsense\n'.repeat(9))
    for (let at = 10; at < 60; at++)
      appendFileSync(log, `${second(at)} 127.0.0.1:20001|${at < 40 ? 200 : 503}\n`.repeat(200))
    expect(answersIn(log, 20_001, ms(30), ms(50))).toMatchObject({ requests: 4_000, errors: 2_000 })
    expect(answersIn(log, 20_001, ms(40), ms(99))).toMatchObject({ requests: 4_000, errors: 4_000 })
  })

  it('has the time until each answer began, except in lines of earlier versions', () => {
    writeFileSync(
      log,
      [
        `${second(10)} 127.0.0.1:20001|200`,
        `${second(11)} 127.0.0.1:20001|200|0.003|shop a 200 0.250 512`,
        `${second(12)} 127.0.0.1:20001, 127.0.0.1:20002|502, 200|-, 0.050|shop b 200 0.090 512`,
        `${second(13)} 127.0.0.1:20001|200|0.003| - 200 0.250 512`,
        '',
      ].join('\n'),
    )
    const { requests, latency = [] } = answersIn(log, 20_001, 0, ms(99))
    expect([requests, countedIn(latency), quantile(latency, 1)]).toEqual([4, 2, 4])
  })

  it('has what the visitor got, and when that began', () => {
    const answered = (rest: string) => parseAnswer(`${second(10)} ${rest}`).answered
    expect(answered('127.0.0.1:20001, 127.0.0.1:20002|502, 200|-, 0.050|shop b 200 0.090 512')).toEqual({
      project: 'shop',
      status: 200,
      ms: 50,
      bytes: 512,
    })
    // The first is a file of a static site; the second had no answer in time.
    expect(answered('-|-|-|pages a 304 0.000 180')).toMatchObject({ ms: 0, bytes: 180 })
    expect(answered('127.0.0.1:20001|504|-|shop a 504 60.000 512')).toMatchObject({ ms: 60_000 })
    expect(answered('127.0.0.1:20001|200')).toBeNull()
    expect(answered('127.0.0.1:20001|200|0.1| - 200 0.100 5')).toBeNull()
  })

  it('includes the rotated log', () => {
    writeFileSync(log, `${second(10)} 127.0.0.1:20001|500\n`)
    renameSync(log, `${log}.1`)
    writeFileSync(log, `${second(12)} 127.0.0.1:20001|200\n`)
    expect(answersIn(log, 20_001, ms(9), ms(99))).toMatchObject({ requests: 2, errors: 1 })
  })

  it('separates instances that answered, that failed and that were never asked', () => {
    writeFileSync(
      log,
      [
        `${second(10)} 127.0.0.1:20001, 127.0.0.1:20002|502, 200`,
        `${second(11)} 127.0.0.1:20002 : 127.0.0.1:20001|200 : 200`,
        // The client closed the connection.
        `${second(12)} 127.0.0.1:20001|-`,
        `${second(13)} unix:/run/other.sock|500`,
        'half a li',
      ].join('\n'),
    )
    expect(answersIn(log, 20_001, ms(9), ms(99))).toMatchObject({ requests: 2, errors: 1 })
    expect(answersIn(log, 20_002, ms(9), ms(99))).toMatchObject({ requests: 2, errors: 0 })
    expect(answersIn(log, 1, ms(9), ms(99))).toMatchObject({ requests: 0, errors: 0 })
  })
})
