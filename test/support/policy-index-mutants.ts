import type { PolicyIndex, RuleCandidate, ValueTable } from '../../src/proxy/decide/policy-index.ts';

type Mutate = (index: PolicyIndex) => PolicyIndex;

/** Faults that an index of policies could have, planted into one that is sound. */
export const policyIndexMutants: readonly (readonly [name: string, mutate: Mutate])[] = [
  [
    'rules that nothing tells apart are left out beside others',
    everywhere((one) => (one.tables.length === 0 ? one : { ...one, rest: [] })),
  ],
  ['exact values are left out', tables((table) => ({ ...table, exact: new Map() }))],
  ['prefixes are left out', tables((table) => ({ ...table, prefixes: undefined }))],
  [
    'the longest prefixes are not tried',
    tables(({ prefixes, ...table }) => ({
      ...table,
      prefixes: prefixes && { ...prefixes, lengths: prefixes.lengths.slice(0, -1) },
    })),
  ],
  ['two prefixes have each other’s rules', tables(exchanged)],
  ['only the first spelling of a value is looked up', spellings((all) => all.slice(0, 1))],
  ['only the last spelling of a value is looked up', spellings((all) => all.slice(-1))],
  ['rules stand in reverse', everywhere((one) => ({ ...one, rest: [...one.rest].reverse() }))],
  ['the last rule of several is lost', everywhere((one) => ({ ...one, rest: withoutLast(one.rest) }))],
  [
    'the lowest order is the order of the last rule',
    everywhere((one) => ({ ...one, first: one.rest.at(-1)?.order ?? one.first })),
  ],
  [
    'rules are not tested once they are found by a value',
    tables((table) => ({
      ...table,
      exact: new Map([...table.exact].map(([value, own]) => [value, unconditional(own)])),
    })),
  ],
  ['only one attribute is looked up', everywhere((one) => ({ ...one, tables: one.tables.slice(0, 1) }))],
  ['tables within tables are lost', tables(withoutInner)],
];

function everywhere(change: Mutate): Mutate {
  const all: Mutate = (index) =>
    change({ ...index, tables: index.tables.map((table) => inside(table, all)) });
  return all;
}

function tables(change: (table: ValueTable) => ValueTable): Mutate {
  return everywhere((one) => ({ ...one, tables: one.tables.map(change) }));
}

function inside(table: ValueTable, change: Mutate): ValueTable {
  const { exact, prefixes } = table;
  return {
    ...table,
    exact: new Map([...exact].map(([value, own]) => [value, change(own)])),
    prefixes: prefixes && {
      ...prefixes,
      entries: prefixes.entries.map(({ prefix, value }) => ({ prefix, value: change(value) })),
    },
  };
}

function spellings(choose: (all: readonly string[]) => readonly string[]): Mutate {
  return tables((table) => ({
    ...table,
    read: (subject) => {
      const values = table.read(subject);
      return values === undefined || typeof values === 'string' ? values : choose(values);
    },
  }));
}

function exchanged(table: ValueTable): ValueTable {
  const [one, other, ...rest] = table.prefixes?.entries ?? [];
  if (table.prefixes === undefined || one === undefined || other === undefined) return table;
  const entries = [{ ...one, value: other.value }, { ...other, value: one.value }, ...rest];
  return { ...table, prefixes: { ...table.prefixes, entries } };
}

function withoutLast(rest: readonly RuleCandidate[]): readonly RuleCandidate[] {
  return rest.length > 1 ? rest.slice(0, -1) : rest;
}

function unconditional(index: PolicyIndex): PolicyIndex {
  const rest = index.rest.map((one) => ({ ...one, rule: { ...one.rule, test: () => true } }));
  return { ...index, rest };
}

function withoutInner(table: ValueTable): ValueTable {
  return inside(table, (index) => (index.tables.length === 0 ? index : { ...index, tables: [] }));
}
