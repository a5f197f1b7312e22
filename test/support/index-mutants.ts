import type { Candidate, FieldIndex } from '../../src/proxy/decide/field-index.ts';
import type { PrefixTable } from '../../src/proxy/decide/prefix-table.ts';
import type { RouteIndex } from '../../src/proxy/decide/route-index.ts';

type Mutate = (index: RouteIndex) => RouteIndex;

const nothing: FieldIndex = { first: Number.POSITIVE_INFINITY, tables: [], rest: [] };

/** Faults that a route index could have, planted into one that is sound. */
export const indexMutants: readonly (readonly [name: string, mutate: Mutate])[] = [
  ['routes without a plain path are left out', (index) => ({ ...index, rest: nothing })],
  ['exact paths are left out', (index) => ({ ...index, exact: new Map() })],
  ['an exact path is also found with a slash behind it', mapExact((path) => `${path}/`)],
  ['the longest prefixes are not tried', mapPrefixes(withoutLongest)],
  ['two prefixes have each other’s routes', mapPrefixes(exchanged)],
  ['a prefix that collides with another is lost', mapPrefixes(withoutCollisions)],
  [
    'candidates of one path stand in reverse',
    mapFields((one) => ({ ...one, rest: [...one.rest].reverse() })),
  ],
  ['no field tells candidates apart', mapFields((one) => ({ ...one, tables: [] }))],
  [
    'candidates without a fixed field are left out beside others',
    mapFields((one) => (one.tables.length === 0 ? one : { ...one, rest: [] })),
  ],
  ['fields are looked up by another name', mapTables((name) => (name === 'n' ? 'm' : name))],
  ['the lowest order is the order of the last candidate', mapFields(withLastAsFirst)],
  ['a path wins over the order of the routes', mapExactOrder()],
];

function mapExact(rename: (path: string) => string): Mutate {
  return (index) => ({
    ...index,
    exact: new Map([...index.exact].map(([path, own]) => [rename(path), own])),
  });
}

function mapExactOrder(): Mutate {
  const early = (candidate: Candidate): Candidate => ({ ...candidate, order: candidate.order - 1000 });
  const all = (index: FieldIndex): FieldIndex => ({
    first: index.first - 1000,
    rest: index.rest.map(early),
    tables: index.tables.map(({ name, values }) => ({
      name,
      values: new Map([...values].map(([value, own]) => [value, all(own)])),
    })),
  });
  return (index) => ({ ...index, exact: new Map([...index.exact].map(([path, own]) => [path, all(own)])) });
}

function mapPrefixes(change: (table: PrefixTable<FieldIndex>) => PrefixTable<FieldIndex>): Mutate {
  return (index) => ({ ...index, prefixes: change(index.prefixes) });
}

function withoutLongest(table: PrefixTable<FieldIndex>): PrefixTable<FieldIndex> {
  return { ...table, lengths: table.lengths.slice(0, -1) };
}

function exchanged(table: PrefixTable<FieldIndex>): PrefixTable<FieldIndex> {
  const [one, other, ...rest] = table.entries;
  if (one === undefined || other === undefined) return table;
  const entries = [{ ...one, value: other.value }, { ...other, value: one.value }, ...rest];
  return { ...table, entries };
}

/** Only the slot that a hash points to is kept: the one after is where a walk begins that hit another's. */
function withoutCollisions(table: PrefixTable<FieldIndex>): PrefixTable<FieldIndex> {
  const slots = table.slots.map((number, at) => {
    // Every second number is a hash.
    if (at % 2 === 1) return number;
    const before = table.slots[(at + table.slots.length - 2) % table.slots.length];
    return before === 0 ? number : 0;
  });
  return { ...table, slots };
}

function mapFields(change: (one: FieldIndex) => FieldIndex): Mutate {
  const all = (index: FieldIndex): FieldIndex => {
    const tables = index.tables.map(({ name, values }) => ({
      name,
      values: new Map([...values].map(([value, own]) => [value, all(own)])),
    }));
    return change({ ...index, tables });
  };
  return (index) => ({
    ...index,
    exact: new Map([...index.exact].map(([path, own]) => [path, all(own)])),
    prefixes: {
      ...index.prefixes,
      entries: index.prefixes.entries.map(({ prefix, value }) => ({ prefix, value: all(value) })),
    },
    rest: all(index.rest),
  });
}

function mapTables(rename: (name: string) => string): Mutate {
  return mapFields((one) => ({
    ...one,
    tables: one.tables.map(({ name, values }) => ({ name: rename(name), values })),
  }));
}

function withLastAsFirst(one: FieldIndex): FieldIndex {
  return { ...one, first: one.rest.at(-1)?.order ?? one.first };
}
