/** git's own variables (`git rev-parse --local-env-vars`): inside a hook they send every other git astray. */
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

/** What a parent that is itself a release, or a package script, must not pass on. */
const foreign =
  /^(RELEASE_|npm_|VITEST|GIT_CONFIG_(KEY|VALUE)_)|^(ROOTDIR|BINDIR|EMU|PROGNAME|MIX_ENV|NODE_OPTIONS|NODE_ENV|PORT|PHX_SERVER)$/

/** The environment of builds and hooks: this process's own without what would mislead them, and the app's config. */
export const buildEnvironment = (
  own: NodeJS.ProcessEnv,
  config: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    Object.entries(own).filter(([name]) => !gitLocal.includes(name) && !foreign.test(name)),
  ),
  LANG: own['LANG'] ?? 'C.UTF-8',
  // A VM that crashes would leave its memory in the checkout, with all secrets.
  ERL_CRASH_DUMP_BYTES: '0',
  ...config,
})
