/** Returns a view of a value that throws on a write, at any depth. */
export const readOnly = <Value extends object>(value: Value, path: string): Value => {
  const refuse = (_: Value, name: string | symbol): never => {
    throw new TypeError(`${path} is read-only: ${path}.${String(name)} cannot be changed by a hook`)
  }
  return new Proxy(value, {
    get: (target, name) => {
      const inner: unknown = Reflect.get(target, name)
      return typeof inner === 'object' && inner !== null ? readOnly(inner, `${path}.${String(name)}`) : inner
    },
    set: refuse,
    deleteProperty: refuse,
    defineProperty: refuse,
    setPrototypeOf: target => refuse(target, 'prototype'),
  })
}
