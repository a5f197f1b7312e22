import { spawn } from 'node:child_process';
import { CommandError } from '../exit-code.ts';
import type { Ending, RunningApp } from './supervisor.ts';

/** As shells say that there is no such command, or that it is none. */
const notFound = 127;
const notExecutable = 126;

/**
 * Starts the application with our standard streams, in a session of its own: a Ctrl-C on the terminal reaches us alone,
 * and signals reach what it started too. Rejects where it cannot be started.
 */
export function startApp(command: readonly string[], env: NodeJS.ProcessEnv): Promise<RunningApp> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: 'inherit', detached: true });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended, and so have those it started.
    }
  };
  // However we end, it does not run on without its sidecar.
  const stop = (): void => signal('SIGTERM');
  process.once('exit', stop);
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, by) => {
      process.removeListener('exit', stop);
      resolve({ code, signal: by });
    });
  });
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve({ ended, signal }));
    child.once('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'ENOENT';
      const what = absent ? 'there is no such command' : error.message;
      reject(new CommandError(`${file} cannot be started: ${what}`, absent ? notFound : notExecutable));
    });
  });
}
