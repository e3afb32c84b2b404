export const percent = (part: number, whole: number): string => `${Math.round((part / whole) * 100)} %`
