import { type Change, changeOf, type Difference, differences } from '../../src/proxy/compare/differences.ts';
import type { Meaning } from '../../src/proxy/compare/meaning.ts';

/** Requests that meet the same difference. */
export interface DifferenceGroup {
  readonly change: Change;
  readonly differences: readonly Difference[];
  /** Source keys of the routes, or empty. */
  readonly routes: readonly [before: string, after: string];
  count: number;
  readonly examples: Example[];
}

/** A request of a group. */
export interface Example {
  /** `access.log:12`, or a proxy. */
  readonly where: string;
  readonly request: string;
  /** What varies from request to request, for this one. */
  readonly differences: readonly Difference[];
}

const EXAMPLES = 3;
/** Beyond so many kinds of differences the further ones are counted as one. */
const MAX_GROUPS = 500;

/** Gathers differences by what they have in common, within bounded memory. */
export class DifferenceGroups {
  readonly #groups = new Map<string, DifferenceGroup>();
  compared = 0;
  differing = 0;

  /** Counts one request, `times` where it came several times; true when the meanings differ. */
  add(
    before: Meaning,
    after: Meaning,
    example: () => Pick<Example, 'where' | 'request'>,
    times = 1,
  ): boolean {
    this.compared += times;
    const found = differences(before, after);
    if (found.length === 0) return false;
    this.differing += times;
    const group = this.#groupOf(before, after, found);
    group.count += times;
    if (group.examples.length < EXAMPLES) group.examples.push({ ...example(), differences: found });
    return true;
  }

  /** Regressions first, and of each kind the largest first. */
  get groups(): DifferenceGroup[] {
    const rank: Readonly<Record<Change, number>> = { regression: 0, repair: 1, change: 2 };
    return [...this.#groups.values()].sort((a, b) => rank[a.change] - rank[b.change] || b.count - a.count);
  }

  /** Requests of one kind. */
  count(change: Change): number {
    return this.groups.filter((group) => group.change === change).reduce((sum, one) => sum + one.count, 0);
  }

  #groupOf(before: Meaning, after: Meaning, found: readonly Difference[]): DifferenceGroup {
    const change = changeOf(before, after);
    const common = found.map((one) => (one.varies ? one.about : [one.about, one.before, one.after]));
    const key = JSON.stringify([change, common, before.route, after.route]);
    const full = this.#groups.size >= MAX_GROUPS && !this.#groups.has(key);
    const own = full ? `${change} further` : key;
    const group = this.#groups.get(own) ?? {
      change,
      differences: full ? [] : found,
      routes: full ? (['', ''] as const) : ([before.route, after.route] as const),
      count: 0,
      examples: [],
    };
    this.#groups.set(own, group);
    return group;
  }
}
