/** Values by prefix. Finding all that a text begins with costs one pass over it, however many there are. */
export interface PrefixTable<T> {
  /** 1 at every length that some prefix has. */
  readonly lengths: Uint8Array;
  /**
   * Open addressing by hash: pairs of the index + 1 of an entry, 0 = free, and its hash, so that only the right one is
   * read. The number of pairs is a power of two; side by side they cost a request one line of the cache.
   */
  readonly slots: Int32Array;
  readonly entries: readonly PrefixEntry<T>[];
}

export interface PrefixEntry<T> {
  readonly prefix: string;
  readonly value: T;
}

/** Builds the table. Prefixes may end anywhere, not only at a slash. */
export function buildPrefixTable<T>(values: ReadonlyMap<string, T>): PrefixTable<T> {
  const entries = [...values].map(([prefix, value]) => ({ prefix, value }));
  const longest = entries.reduce((most, { prefix }) => Math.max(most, prefix.length), -1);
  const lengths = new Uint8Array(longest + 1);
  const slots = new Int32Array(2 * 2 ** Math.ceil(Math.log2(entries.length * 2 + 1)));
  for (const [i, { prefix }] of entries.entries()) {
    lengths[prefix.length] = 1;
    const hash = hashOf(prefix);
    let slot = firstSlot(hash, slots);
    while (slots[slot] !== 0) slot = (slot + 2) & (slots.length - 1);
    slots[slot] = i + 1;
    slots[slot + 1] = hash;
  }
  return { lengths, slots, entries };
}

/** The hash of the empty text. */
export const emptyHash = 0x811c9dc5 | 0;

/** The hash of a text with one more character (FNV-1a). */
export function extendHash(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** The value of the prefix that is the first `length` characters of `text`; `hash` is theirs. */
export function prefixAt<T>(
  { slots, entries }: PrefixTable<T>,
  text: string,
  length: number,
  hash: number,
): T | undefined {
  let slot = firstSlot(hash, slots);
  // At least half of the slots are free, so that every walk ends.
  for (let number = slots[slot] as number; number !== 0; number = slots[slot] as number) {
    if (slots[slot + 1] === hash) {
      const { prefix, value } = entries[number - 1] as PrefixEntry<T>;
      if (prefix.length === length && text.startsWith(prefix)) return value;
    }
    slot = (slot + 2) & (slots.length - 1);
  }
  return undefined;
}

function hashOf(text: string): number {
  let hash = emptyHash;
  for (let i = 0; i < text.length; i++) hash = extendHash(hash, text.charCodeAt(i));
  return hash;
}

/** The low bits of FNV-1a see little of the last characters' high bits. */
function firstSlot(hash: number, slots: Int32Array): number {
  return ((hash ^ (hash >>> 15)) << 1) & (slots.length - 1);
}
