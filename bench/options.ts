import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Undefined lists what there is; `all` is every benchmark. */
  readonly name: string | undefined;
  readonly quick: boolean;
  /** Only names the rows that would be measured. */
  readonly list: boolean;
  /** Only rows whose name begins with one of these. */
  readonly only: readonly string[];
  /** Rounds of every comparison; undefined leaves it to the benchmark. */
  readonly rounds: number | undefined;
  /** A file for the figures. */
  readonly json: string | undefined;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = `usage: npm run bench -- NAME|all [options]

  --list             name the rows instead of measuring them
  --only ROW[,ROW]   measure the rows whose names begin so, and what they are compared with
  --rounds N         rounds of every comparison (1 to 99)
  --quick            fewer and shorter samples: shows that it works, not what it costs
  --json FILE        write the figures there as well, after each comparison`;

const MAX_ROUNDS = 99;

/** Reads the command line. Throws UsageError. */
export function parseOptions(args: readonly string[], names: readonly string[]): BenchOptions {
  const { values, positionals } = parsed(args);
  const [name, extra] = positionals;
  if (extra !== undefined) throw new UsageError(`one name at a time, not ${extra} as well`);
  if (name !== undefined && name !== 'all' && !names.includes(name)) {
    throw new UsageError(`no benchmark ${name}; there are ${names.join(', ')} and all`);
  }
  const only = values.only?.split(',') ?? [''];
  const { quick, list, json } = values;
  return { name, quick, list, only, rounds: parsedRounds(values.rounds), json };
}

function parsedRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MAX_ROUNDS) return rounds;
  throw new UsageError(`--rounds is a number from 1 to ${MAX_ROUNDS}, not ${text}`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
