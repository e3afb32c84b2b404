/** Tells whether a name means this machine to every browser (RFC 6761). */
export const isLocalName = (name: string): boolean => /(^|\.)localhost$/.test(name)
