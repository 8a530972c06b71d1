import { Argument, type Command } from 'commander';
import { does, examples } from './word.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** @param program makes the command whose words are completed */
export function addCompletion(skein: Command, program: () => Command): void {
  const completion = skein
    .command('completion')
    .summary('print a completion script for your shell')
    .description('Print a script that completes commands, options and files at the press of Tab.')
    .addArgument(new Argument('<shell>', 'which one').choices(shells))
    .action(
      does(async () => {
        const { completion } = await import('../commands/completion.ts');
        return (shell: (typeof shells)[number]) => completion(shell, program());
      }),
    );
  examples(
    completion,
    ['eval "$(skein completion bash)"', 'in ~/.bashrc'],
    ['eval "$(skein completion zsh)"', 'in ~/.zshrc, after compinit'],
    ['skein completion fish > ~/.config/fish/completions/skein.fish', 'once'],
  );
}
