/** Tells whether every browser takes a name for its own machine (RFC 6761). */
export const isLocalName = (name: string): boolean => /(^|\.)localhost$/.test(name)
