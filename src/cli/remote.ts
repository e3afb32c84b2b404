export const maybeForward = async (_argv: readonly string[]): Promise<number | null> => null
