import type { CompiledRoute } from './compiled-route.ts';
import type { Evidence } from './evidence.ts';
import { requestField } from './request-field.ts';
import type { CompiledMatch } from './route-match.ts';

/** An item of a route's `match`, in its place in the order of the virtual host. */
export interface Candidate {
  readonly order: number;
  readonly route: CompiledRoute;
  readonly match: CompiledMatch;
  /** Fields that must have one value: `:method` and headers by lower-case name. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Candidates by the fields that must have one value; those that no field tells apart are read one by one. */
export interface FieldIndex {
  /** The lowest order in it. */
  readonly first: number;
  readonly tables: readonly FieldTable[];
  /** In order. */
  readonly rest: readonly Candidate[];
}

/** Candidates by the value of one field. */
export interface FieldTable {
  readonly name: string;
  readonly values: ReadonlyMap<string, FieldIndex>;
}

/** Fewer candidates are read one by one faster than a field is looked up. */
const FEW = 4;
/** Every table costs each request a look at its field. */
const MAX_TABLES = 16;
/** Tables within tables. */
const MAX_DEPTH = 4;

/** Builds the index; the candidates are in order, and at least one. */
export function buildFieldIndex(candidates: readonly Candidate[], used: readonly string[] = []): FieldIndex {
  const first = candidates[0]?.order ?? Number.POSITIVE_INFINITY;
  if (candidates.length <= FEW || used.length === MAX_DEPTH) return { first, tables: [], rest: candidates };
  const choices = chooseFields(candidates, used);
  const groups = new Map<string, Map<string, Candidate[]>>();
  const rest: Candidate[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const choice = choices[i];
    if (choice === undefined) rest.push(candidate);
    else addTo(choice, candidate, groups);
  }
  const tables = [...groups].map(([name, values]) => ({
    name,
    values: new Map([...values].map(([value, own]) => [value, buildFieldIndex(own, [...used, name])])),
  }));
  return { first, tables, rest };
}

/** The first candidate that matches, when it comes before `best`; else `best`. */
export function firstMatch(
  { first, tables, rest }: FieldIndex,
  evidence: Evidence,
  best: Candidate | undefined,
): Candidate | undefined {
  const order = best === undefined ? Number.POSITIVE_INFINITY : best.order;
  if (first >= order) return best;
  let found = best;
  for (const candidate of rest) {
    if (candidate.order >= order) break;
    if (!candidate.match.test(evidence)) continue;
    found = candidate;
    break;
  }
  for (const { name, values } of tables) {
    const value = requestField(evidence.request, evidence.edits, name);
    const own = value === undefined ? undefined : values.get(value);
    if (own !== undefined) found = firstMatch(own, evidence, found);
  }
  return found;
}

type Field = Candidate['fields'][number];

/** For each candidate the field that leaves the fewest others beside it; undefined where it has none. */
function chooseFields(candidates: readonly Candidate[], used: readonly string[]): (Field | undefined)[] {
  const sizes = new Map<string, Map<string, number>>();
  for (const { fields } of candidates) for (const field of fields) count(field, sizes);
  for (const name of used) sizes.delete(name);
  const names = mostUseful(candidates, sizes);
  return candidates.map(({ fields }) => best(fields, names, sizes));
}

/** The fields that most candidates would choose, as far as there may be tables for them. */
function mostUseful(candidates: readonly Candidate[], sizes: Sizes): ReadonlySet<string> {
  const all = new Set(sizes.keys());
  if (all.size <= MAX_TABLES) return all;
  const wanted = new Map<string, number>();
  for (const { fields } of candidates) {
    const name = best(fields, all, sizes)?.[0];
    if (name !== undefined) wanted.set(name, (wanted.get(name) ?? 0) + 1);
  }
  const ranked = [...wanted].sort(([, a], [, b]) => b - a);
  return new Set(ranked.slice(0, MAX_TABLES).map(([name]) => name));
}

type Sizes = ReadonlyMap<string, ReadonlyMap<string, number>>;

function best(fields: readonly Field[], names: ReadonlySet<string>, sizes: Sizes): Field | undefined {
  let chosen: Field | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const field of fields) {
    const size = names.has(field[0]) ? sizes.get(field[0])?.get(field[1]) : undefined;
    if (size === undefined || size >= fewest) continue;
    chosen = field;
    fewest = size;
  }
  return chosen;
}

function count([name, value]: Field, sizes: Map<string, Map<string, number>>): void {
  const ofName = sizes.get(name) ?? new Map<string, number>();
  ofName.set(value, (ofName.get(value) ?? 0) + 1);
  sizes.set(name, ofName);
}

function addTo(
  [name, value]: Field,
  candidate: Candidate,
  groups: Map<string, Map<string, Candidate[]>>,
): void {
  const values = groups.get(name) ?? new Map<string, Candidate[]>();
  const own = values.get(value);
  if (own === undefined) values.set(value, [candidate]);
  else own.push(candidate);
  groups.set(name, values);
}
