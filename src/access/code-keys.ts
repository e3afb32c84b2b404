/**
 * Environment variables that make Gatling's programs load or start other code: variables of the loader, shells, Erlang
 * and Elixir, git, Node.js, compilers and similar programs. Prefixes end in `_`. The app's own variables are not
 * covered.
 */
const loader = ['LD_', 'DYLD_', 'GCONV_PATH', 'GLIBC_TUNABLES', 'OPENSSL_', 'LOCPATH', 'NLSPATH']
const shells = [
  ...['BASH_', 'BASHOPTS', 'SHELLOPTS', 'ENV', 'SHELL', 'ZDOTDIR', 'IFS', 'PS4', 'PROMPT_COMMAND', 'CDPATH'],
  ...['GLOBIGNORE', 'FPATH', 'XDG_', 'EDITOR', 'VISUAL', 'PAGER', 'BROWSER', 'LESSOPEN', 'LESSCLOSE'],
]
const beam = [
  ...['ERL_', 'ERLC_', 'ERTS_', 'ELIXIR_', 'ELIXIRC_', 'IEX_', 'MIX_', 'HEX_', 'REBAR_', 'REBAR3_', 'EMU'],
  ...['PROGNAME', 'RUN_ERL_', 'VMARGS_PATH', 'RELX_', 'ASDF_', 'MISE_', 'RTX_', 'KERL_'],
]
const git = ['GIT_', 'SSH_', 'GNUPGHOME', 'GPG_']
const node = ['NODE_', 'NPM_', 'YARN_', 'PNPM_', 'COREPACK_', 'BUN_', 'DENO_', 'ESBUILD_', 'NVM_', 'VOLTA_']
const compilers = [
  ...['CC', 'CXX', 'CPP', 'LD', 'AR', 'AS', 'NM', 'RANLIB', 'STRIP', 'GCC_', 'COMPILER_PATH', 'LIBRARY_PATH'],
  ...['CPATH', 'C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH', 'OBJC_INCLUDE_PATH', 'CFLAGS', 'CXXFLAGS', 'CPPFLAGS'],
  ...[
    'LDFLAGS',
    'LDLIBS',
    'MAKE',
    'MAKEFILES',
    'MAKEFLAGS',
    'GNUMAKEFLAGS',
    'MFLAGS',
    'CMAKE_',
    'PKG_CONFIG',
  ],
  ...['PKG_CONFIG_', 'CCACHE_', 'CARGO', 'CARGO_', 'RUSTC', 'RUSTC_', 'RUSTDOC', 'RUSTFLAGS', 'RUSTUP_'],
  ...['GOFLAGS', 'GOPATH', 'GOROOT', 'GOENV', 'GOPROXY', 'GOTOOLCHAIN'],
]
const others = [
  ...[
    'PYTHONPATH',
    'PYTHONHOME',
    'PYTHONSTARTUP',
    'PYTHONINSPECT',
    'PYTHONUSERBASE',
    'PYTHONBREAKPOINT',
    'PIP_',
  ],
  ...['PERLLIB', 'PERL5LIB', 'PERL5OPT', 'PERL5DB', 'RUBYOPT', 'RUBYLIB', 'GEM_', 'BUNDLE_', 'CLASSPATH'],
  ...['JAVA_', '_JAVA_', 'JDK_JAVA_OPTIONS', 'PHPRC', 'PHP_INI_SCAN_DIR', 'PSQLRC', 'PSQL_', 'TAR_OPTIONS'],
]
const names = [...loader, ...shells, ...beam, ...git, ...node, ...compilers, ...others]

/** These variables only describe the environment. */
const harmless = ['NODE_ENV', 'SSH_CONNECTION', 'SSH_CLIENT']

/** Tells whether a config key can make a program run code. npm, for example, also reads its variables in lower case. */
export const runsCode = (key: string): boolean => {
  const name = key.toUpperCase()
  if (harmless.includes(name)) return false
  return names.some(known => (known.endsWith('_') ? name.startsWith(known) : name === known))
}
