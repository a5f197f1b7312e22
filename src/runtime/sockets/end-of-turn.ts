/** Something that sends what it has gathered. */
export interface Flushable {
  flush(): void;
}

let due: Flushable[] = [];

/**
 * Flushes when every socket that can be read now was read. So many small writes then follow each other closely, and a
 * peer that one of them wakes is still awake for the next: to wake it for each costs more than the write itself.
 */
export function flushAtEndOfTurn(one: Flushable): void {
  if (due.length === 0) setImmediate(flushAll);
  due.push(one);
}

function flushAll(): void {
  const all = due;
  due = [];
  for (const one of all) one.flush();
}
