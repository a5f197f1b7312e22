import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Undefined lists what there is; `all` is every benchmark. */
  readonly name: string | undefined;
  readonly quick: boolean;
  /** Only rows whose name begins with one of these. */
  readonly only: readonly string[];
  /** A file for the figures. */
  readonly json: string | undefined;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = 'usage: npm run bench -- NAME|all [--quick] [--only ROW[,ROW]] [--json FILE]';

/** Reads the command line. Throws UsageError. */
export function parseOptions(args: readonly string[], names: readonly string[]): BenchOptions {
  const { values, positionals } = parsed(args);
  const [name, extra] = positionals;
  if (extra !== undefined) throw new UsageError(`one name at a time, not ${extra} as well`);
  if (name !== undefined && name !== 'all' && !names.includes(name)) {
    throw new UsageError(`no benchmark ${name}; there are ${names.join(', ')} and all`);
  }
  const only = values.only?.split(',') ?? [''];
  return { name, quick: values.quick, only, json: values.json };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
