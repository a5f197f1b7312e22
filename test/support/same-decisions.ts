import type { ActiveSnapshot } from '../../src/proxy/activate.ts';
import { type Difference, differences } from './gateway-differences.ts';

const SEED = 11;

/** The first request, of about so many made of either one's routes, for which two gateways decide otherwise. */
export function firstDifference(
  before: ActiveSnapshot,
  after: ActiveSnapshot,
  count: number,
): Difference | undefined {
  const perServer = ({ snapshot }: ActiveSnapshot) =>
    Math.ceil(count / Math.max(1, snapshot.gateway?.servers.length ?? 1));
  const [found] = differences(before, after, perServer(before), SEED).different;
  if (found) return found;
  const [other] = differences(after, before, perServer(after), SEED).different;
  return other && { about: other.about, before: other.after, after: other.before };
}
