import type { HeaderList } from '../../src/http/header-list.ts';

/** A field as plain text: its name in lower case, and its value. */
export type Pair = readonly [name: string, value: string];

/** One change of a list of fields; `fork` goes on with a copy, and leaves the original as it is. */
export interface HeadEdit {
  readonly kind: 'append' | 'set' | 'delete' | 'without' | 'fork';
  readonly name: string;
  readonly value: string;
}

/** A list, and the pairs that it must stand for. */
export interface Edited {
  readonly list: HeaderList;
  readonly pairs: readonly Pair[];
}

/** Fields that a hop never sends on as they came. */
const OWN = [
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The fields of a legal head, read by nothing but `split`. */
export function pairsOf(head: string): Pair[] {
  const lines = head.replace(/^\r\n/, '').split('\r\n').slice(1);
  return lines.slice(0, lines.indexOf('')).map((line) => {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    return [line.slice(0, colon).toLowerCase(), value];
  });
}

/** All lists that come of editing one, those included that others were copied from. */
export function editedLists(read: HeaderList, head: string, edits: readonly HeadEdit[]): Edited[] {
  let list = read.copy();
  let pairs: readonly Pair[] = pairsOf(head);
  const all: Edited[] = [{ list: read, pairs }];
  for (const edit of edits) {
    if (edit.kind === 'fork' || edit.kind === 'without') {
      all.push({ list, pairs });
      list = edit.kind === 'fork' ? list.copy() : list.without(edit.name);
    } else if (edit.kind === 'delete') list.delete(edit.name);
    else list[edit.kind](edit.name, edit.value);
    pairs = editedPairs(pairs, edit);
  }
  return [...all, { list, pairs }];
}

/** What of the pairs goes on to the next hop (RFC 9110 §7.6.1), told without the codec. */
export function sentOn(pairs: readonly Pair[]): Pair[] {
  const nominated = pairs.flatMap(([name, value]) => (name === 'connection' ? value.split(',') : []));
  const options = nominated.map((option) => option.trim().toLowerCase());
  return pairs.filter(([name]) => {
    const proxies = name.startsWith('proxy-') && name !== 'proxy-status';
    return !proxies && !OWN.includes(name) && !options.includes(name);
  });
}

/** Whether a value could end its line, or is no text of octets. */
export function isIllegal([, value]: Pair): boolean {
  return [...value].some(
    (character) => (character < ' ' && character !== '\t') || character === '\x7f' || character > '\xff',
  );
}

function editedPairs(pairs: readonly Pair[], { kind, name, value }: HeadEdit): readonly Pair[] {
  if (kind === 'fork') return pairs;
  const kept = kind === 'append' ? pairs : pairs.filter(([one]) => one !== name);
  return kind === 'append' || kind === 'set' ? [...kept, [name, value]] : kept;
}
