import type { VirtualHost } from '../../src/snapshot/route.ts';
import { nearMiss } from './near-miss.ts';
import { Drafter, type RegexSamples, type RequestDraft } from './request-draft.ts';
import { SeededRandom } from './seeded-random.ts';

/** A request in the words of a client. */
export interface GeneratedRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** The Host header. */
  readonly host: string;
  /** Origin-form. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | undefined;
}

/**
 * Makes requests out of the route table itself: each match of each route in turn, once as it wants to be met
 * and once changed in one place, until there are `count`.
 */
export function generateRequests(
  virtualHosts: readonly VirtualHost[],
  samples: RegexSamples,
  count: number,
  seed: number,
): GeneratedRequest[] {
  const random = new SeededRandom(seed);
  const drafter = new Drafter(samples, random);
  const matches = virtualHosts.flatMap(({ domains, routes }) =>
    routes.flatMap((route) =>
      (route.matches.length > 0 ? route.matches : [{}]).flatMap((match) =>
        domains.map((domain) => ({ domain, match })),
      ),
    ),
  );
  return Array.from({ length: count }, (_, index) => {
    const { domain, match } = matches[(index >> 1) % matches.length] ?? { domain: '*', match: {} };
    const draft = drafter.draft(domain, match);
    return complete(index % 2 === 0 ? draft : nearMiss(draft, random), random);
  });
}

function complete(draft: RequestDraft, random: SeededRandom): GeneratedRequest {
  const { method, scheme, host, path, query, headers } = draft;
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  const mark = search !== '' || random.unit() < 0.1 ? '?' : '';
  const body = method === 'POST' || method === 'PUT' ? random.word() : undefined;
  return { method, scheme, host, target: `${path}${mark}${search}`, headers: [...headers], body };
}
