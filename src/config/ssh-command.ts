export type SshCommand =
  | { readonly kind: 'git'; readonly service: 'git-receive-pack' | 'git-upload-pack'; readonly project: string }
  | { readonly kind: 'gatling'; readonly argv: readonly string[] }
export const parseSshCommand = (text: string): SshCommand => {
  const git = /^(git-receive-pack|git-upload-pack) '\/?([a-z][a-z0-9_]*?)(?:\.git)?'$/.exec(text)
  if (git) return { kind: 'git', service: git[1] as 'git-receive-pack', project: git[2] ?? '' }
  return { kind: 'gatling', argv: [...text.matchAll(/'([^']*)'/g)].map(match => match[1] ?? '') }
}
