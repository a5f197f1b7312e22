import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';
import { covers, type HttpMatch } from './match-cover.ts';

type Owner = Resource<'VirtualService'>;

interface Earlier {
  readonly rule: number;
  /** Absent: takes every request. */
  readonly match: HttpMatch | undefined;
}

/** Rules beyond this are compared with the first ones only: whoever writes so many generates them. */
const COMPARED = 200;

/** IST0130, IST0131: an earlier rule of the VirtualService takes every request that a rule, or one of its matches, would. */
export const unreachableRoute: AnalysisRule = () => ({
  VirtualService: (owner) => {
    const earlier: Earlier[] = [];
    return owner.spec.http.flatMap((rule, index) => {
      const found = judge(owner, index, earlier);
      const own = rule.match.length > 0 ? rule.match : [undefined];
      if (earlier.length < COMPARED) for (const match of own) earlier.push({ rule: index, match });
      return found;
    });
  },
});

function judge(owner: Owner, index: number, earlier: readonly Earlier[]): Diagnostic[] {
  const rule = owner.spec.http[index];
  if (!rule) return [];
  const name = rule.name ? `"${rule.name}"` : `#${index}`;
  const takers = (rule.match.length > 0 ? rule.match : [undefined]).map((match) =>
    earlier.find((other) => covers(other.match, match)),
  );
  const [first] = takers;
  const last = takers.at(-1);
  if (first && last && takers.every((taker) => taker !== undefined)) {
    const why =
      first.match === undefined ? 'an earlier rule has no match' : `rule #${first.rule} takes all of it`;
    const message = `VirtualService rule ${name} not used (${why}).`;
    const remedy = `move it before rule #${first.rule}, or remove it`;
    return [finding('IST0130', owner, ['spec', 'http', index], message, remedy)];
  }
  return takers.flatMap((taker, at) => {
    if (!taker) return [];
    const message = `VirtualService rule ${name} match #${at} is not used (duplicate/overlapping match in rule #${taker.rule}).`;
    return [finding('IST0131', owner, ['spec', 'http', index, 'match', at], message, 'remove the match')];
  });
}
