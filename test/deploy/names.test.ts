import { expect, it } from 'vitest'
import { nameless } from '../../src/deploy/names.js'

it('a deploy warns about an app that only this machine can reach', () => {
  expect(nameless('my_app', 'http://my-app.localhost')).toMatchObject({
    type: 'warning',
    text: expect.stringContaining('nobody else can reach my_app at my-app.localhost'),
  })
  expect(nameless('my_app', 'https://shop.example.com')).toBeNull()
})
