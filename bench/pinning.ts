import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

/** The core of what is measured, and that of everything which only serves the measurement. */
export type Core = 'measured' | 'around';

type Command = readonly [command: string, ...args: string[]];

const NUMBERS: Readonly<Record<Core, string>> = { measured: '0', around: '1' };

/** Whether processes can be kept on one core each (util-linux `taskset`, two cores). */
export const canPin: boolean =
  cpus().length > 1 && spawnSync('taskset', ['-c', NUMBERS.around, 'true']).status === 0;

/** The command on its core, all its threads; as it is where the machine cannot pin. */
export function pinned(core: Core, command: Command): Command {
  return canPin ? ['taskset', '-c', NUMBERS[core], ...command] : command;
}
