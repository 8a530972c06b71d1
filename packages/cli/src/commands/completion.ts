import type { Argument, Command, Option } from 'commander';
import { backendChecks } from '../checks/backend.ts';
import { storageChecks } from '../checks/storage.ts';
import { print } from '../terminal.ts';

type Shell = 'bash' | 'zsh' | 'fish';

const shells: Readonly<Record<Shell, (nodes: readonly Node[]) => string>> = { bash, zsh, fish };

/** Prints a script that knows every word of the command: at the press of Tab, no process is started. */
export function completion(shell: Shell, skein: Command): void {
  print(shells[shell](words(skein, '')));
}

interface Word {
  readonly text: string;
  readonly gloss: string;
}

/** What can follow a command. */
interface Node {
  /** The words that lead here, such as 'job list'; '' at the top. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** Options that take a value, and the values if they are known; other values are completed as files. */
  readonly valued: readonly { readonly flags: readonly string[]; readonly values: readonly string[] }[];
  /** Whether arguments may be files. */
  readonly files: boolean;
  readonly arguments: readonly string[];
}

const checks = ['storage', 'backend', ...[...storageChecks, ...backendChecks].map(({ name }) => name)];

function words(command: Command, path: string): Node[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const options = help.visibleOptions(command);
  const flagsOf = (option: Option): string[] =>
    [option.short, option.long].filter((flag) => flag !== undefined);
  const node: Node = {
    path,
    commands: commands.map((below) => ({ text: below.name(), gloss: help.subcommandDescription(below) })),
    options: options.flatMap((option) =>
      flagsOf(option)
        .slice(-1)
        .map((text) => ({ text, gloss: help.optionDescription(option) })),
    ),
    valued: options
      .filter((option) => option.required || option.optional)
      .map((option) => ({ flags: flagsOf(option), values: option.argChoices ?? [] })),
    files: command.registeredArguments.some(isFile),
    arguments:
      path === 'test' ? checks : command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  return [
    node,
    ...commands
      .filter((below) => command.commands.includes(below))
      .flatMap((below) => words(below, path === '' ? below.name() : `${path} ${below.name()}`)),
  ];
}

function isFile(argument: Argument): boolean {
  return ['file', 'folder', 'args'].includes(argument.name());
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(nodes: readonly Node[]): string {
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const values = nodes.flatMap(({ path, valued }) =>
    valued.map(({ flags, values }) => {
      const found = values.length > 0 ? `words=${quoted(values.join(' '))}` : 'files=1';
      return `    ${flags.map((flag) => quoted(`${path}:${flag}`)).join('|')}) ${found} ;;`;
    }),
  );
  const following = nodes.map(({ path, commands, options, files, arguments: given }) => {
    const first = [...commands.map(({ text }) => text), ...given].join(' ');
    const flags = options.map(({ text }) => text).join(' ');
    return `    ${quoted(path)}) words=${quoted(first)} flags=${quoted(flags)}${files ? ' files=1' : ''} ;;`;
  });
  return `# Completion of skein in bash: eval "$(skein completion bash)"
_skein() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local at='' words='' flags='' files='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${at:+$at }$word" in
      ${paths.join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at:$before" in
${values.join('\n')}
  esac
  if [[ -z $words$files ]]; then
    case $at in
  ${following.join('\n  ')}
    esac
    [[ $current == -* ]] && words=$flags files=''
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n $files && \${#COMPREPLY[@]} -eq 0 ]]; then
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$current"))
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _skein skein`;
}

function zsh(nodes: readonly Node[]): string {
  const described = ({ text, gloss }: Word): string => quoted(`${text.replaceAll(':', '\\:')}:${gloss}`);
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const values = nodes.flatMap(({ path, valued }) =>
    valued.map(({ flags, values }) => {
      const found = values.length > 0 ? `compadd -- ${values.map(quoted).join(' ')}` : '_files';
      return `    ${flags.map((flag) => quoted(`${path}:${flag}`)).join('|')}) ${found}; return ;;`;
    }),
  );
  const following = nodes.map(({ path, commands, options, files, arguments: given }) => {
    const all = [...commands.map(described), ...given.map(quoted)];
    const first = all.length > 0 ? `names=(${all.join(' ')})` : '';
    return `    ${quoted(path)}) ${first} flags=(${options.map(described).join(' ')}) files=${files ? 1 : ''} ;;`;
  });
  return `#compdef skein
# Completion of skein in zsh: eval "$(skein completion zsh)"
_skein() {
  local at='' word files=''
  local -a names flags
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in
      ${paths.join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${following.join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe option flags
  else
    (( \${#names} )) && _describe command names
    [[ -n "$files" ]] && _files
  fi
}
compdef _skein skein`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, options, valued, files, arguments: given }) => {
    const here = `complete -c skein -n ${quoted(`__skein_at ${quoted(path)}`)}`;
    return [
      ...commands.map(({ text, gloss }) => `${here} -f -a ${quoted(text)} -d ${quoted(gloss)}`),
      ...given.map((text) => `${here} -f -a ${quoted(text)}`),
      ...(files ? [`${here} -F`] : []),
      ...options.map(({ text, gloss }) => {
        const found = valued.find(({ flags }) => flags.includes(text));
        const short = found?.flags.find((flag) => !flag.startsWith('--'));
        const value =
          found === undefined
            ? ''
            : found.values.length > 0
              ? ` -x -a ${quoted(found.values.join(' '))}`
              : ' -r';
        return `${here} -l ${text.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}${value} -d ${quoted(gloss)}`;
      }),
    ];
  });
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  return `# Completion of skein in fish: skein completion fish > ~/.config/fish/completions/skein.fish
function __skein_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$at $word")
        contains -- $next ${paths.join(' ')}; and set at $next
    end
    test "$at" = "$argv[1]"
end
complete -c skein -f
${lines.join('\n')}`;
}
