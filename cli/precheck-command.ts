import { type Command, Option } from 'commander';
import type { RuntimeName } from './runtime-paths.ts';

const RUNTIMES: readonly RuntimeName[] = ['deno', 'bun', 'node'];

/** `weft precheck`, loaded when it is called. */
export function addPrecheckCommand(program: Command): void {
  program
    .command('precheck')
    .description('try whether the TLS of a runtime keeps out whom a STRICT workload must not see')
    .addOption(
      new Option('--runtime <name...>', 'what to try (default: all three)').choices(RUNTIMES).default([], ''),
    )
    .addOption(new Option('-o, --output <form>').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nClients without a certificate, of another authority and of a time that is over come 20 times each.\nExits with 80 where one is let in. A sidecar with a STRICT port tries the same once, and does not start.\n\nExamples:\n  weft precheck\n  weft precheck --runtime deno -o json',
    )
    .action(async (flags) => (await import('./command/precheck.ts')).precheck(flags));
}
