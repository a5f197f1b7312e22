/** Something that sends what it has gathered. */
export interface Flushable {
  flush(): void;
}

let due: Flushable[] = [];
/** `performance.now()` of this turn, once somebody asked. */
let time: number | undefined;

/**
 * Flushes when every socket that can be read now was read. So many small writes then follow each other closely, and a
 * peer that one of them wakes is still awake for the next: to wake it for each costs more than the write itself.
 */
export function flushAtEndOfTurn(one: Flushable): void {
  if (due.length === 0) setImmediate(flushAll);
  due.push(one);
}

/** `performance.now()`, read once in a turn that writes; as exact as the length of a turn. */
export function turnTime(): number {
  if (due.length === 0) return performance.now();
  time ??= performance.now();
  return time;
}

function flushAll(): void {
  const all = due;
  due = [];
  time = undefined;
  let next = 0;
  try {
    while (next < all.length) all[next++]?.flush();
  } finally {
    // What is wrong with one socket must not silence the others.
    for (const one of all.slice(next)) flushAtEndOfTurn(one);
  }
}
