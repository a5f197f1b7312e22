import { readdirSync, readFileSync } from 'node:fs';

/** A process as it was seen once; `started` tells it from a later one that got its number. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly started: string;
  readonly name: string;
}

/** Every process that `root` started, directly or not, from /proc. */
export function descendants(root: number): SeenProcess[] {
  const all = processes();
  const found: SeenProcess[] = [];
  const visit = (pid: number) => {
    for (const child of all.filter(({ parent }) => parent === pid)) {
      found.push(child);
      visit(child.pid);
    }
  };
  visit(root);
  return found;
}

/** Those of `seen` that still run. */
export function stillRunning(seen: readonly SeenProcess[]): SeenProcess[] {
  return seen.filter(({ pid, started }) => look(pid)?.started === started);
}

/** Every process whose command line holds `word`. */
export function commandsWith(word: string): number[] {
  return pids().filter((pid) =>
    read(pid, 'cmdline')
      ?.split('\0')
      .some((part) => part.includes(word)),
  );
}

function processes(): SeenProcess[] {
  return pids().flatMap((pid) => look(pid) ?? []);
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** proc(5) stat: pid (name) state ppid … starttime as the 22nd field. A zombie runs no more. */
function look(pid: number): SeenProcess | undefined {
  const stat = read(pid, 'stat');
  if (stat === undefined) return undefined;
  const nameEnd = stat.lastIndexOf(')');
  const [state, parent, ...rest] = stat.slice(nameEnd + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const name = stat.slice(stat.indexOf('(') + 1, nameEnd);
  return { pid, parent: Number(parent), started: rest[17] ?? '', name };
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
