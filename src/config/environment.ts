/** git's own variables (`git rev-parse --local-env-vars`). Inside a hook they would mislead every other git command. */
const gitLocal = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_COUNT',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_PUSH_OPTION_COUNT',
  'GIT_QUARANTINE_PATH',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
  'GIT_EXEC_PATH',
]

/** Matches variables that a parent must not pass on, if it is a release or a package script. */
const foreign =
  /^(RELEASE_|npm_|VITEST|GIT_CONFIG_(KEY|VALUE)_)|^(ROOTDIR|BINDIR|EMU|PROGNAME|MIX_ENV|NODE_OPTIONS|NODE_ENV|PORT|PHX_SERVER)$/

/**
 * Makes the environment of builds and hooks: that of this process, without misleading variables, and the app's config.
 */
export const buildEnvironment = (
  own: NodeJS.ProcessEnv,
  config: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(own).filter(([name]) => !gitLocal.includes(name) && !foreign.test(name)),
  ),
  LANG: own['LANG'] ?? 'C.UTF-8',
  // A crashing VM would write its memory, with all secrets, into the checkout.
  ERL_CRASH_DUMP_BYTES: '0',
  ...config,
})
