import { type Effect, isServed, type Meaning } from './meaning.ts';
import type { Share } from './route-traits.ts';

/** One thing that a request meets differently. */
export interface Difference {
  /** `answer`, `destination`, `path`, `request headers`, … */
  readonly about: string;
  readonly before: string;
  readonly after: string;
  /** Whether the texts depend on the request: then they are no part of what a group has in common. */
  readonly varies: boolean;
}

/** Whether a request is served no more, is served again, or is served otherwise. */
export type Change = 'regression' | 'repair' | 'change';

/** What differs; empty when the request means the same. */
export function differences(before: Meaning, after: Meaning): Difference[] {
  const told = before.details !== '' || after.details !== '';
  const answers = told ? pair('answer', answerText(before), answerText(after)) : undefined;
  if (answers !== undefined && (before.status !== undefined) !== (after.status !== undefined))
    return [answers];
  const destinations = pair('destination', sharesText(before.shares), sharesText(after.shares));
  const found = [answers, destinations, ...effectPairs(before.effects, after.effects)];
  return found.filter((one) => one !== undefined);
}

/** What a difference is to a client. */
export function changeOf(before: Meaning, after: Meaning): Change {
  const [was, is] = [isServed(before), isServed(after)];
  if (was === is) return 'change';
  return was ? 'regression' : 'repair';
}

/** `403 (rbac_access_denied…) at sidecar/default/reviews-v1`, or where the request goes. */
export function answerText({ status, details, by, shares }: Meaning): string {
  if (status === undefined) return details || sharesText(shares);
  return `${status === 0 ? 'closed' : status} (${details}) at ${by}`;
}

/** `reviews.default v2:9080`, or several with their percent. */
export function sharesText(shares: readonly Share[]): string {
  if (shares.length === 1) return clusterText(shares[0]?.cluster ?? '');
  return shares.map(({ cluster, percent }) => `${percent} % ${clusterText(cluster)}`).join(' + ');
}

/** `outbound|9080|v2|reviews.default.svc.cluster.local` as people say it: `reviews.default:9080 v2`. */
export function clusterText(name: string): string {
  const [, port, subset, service] = name.split('|');
  if (port === undefined || service === undefined) return name;
  if (service === '') return `the application :${port}`;
  const short = service.replace(/\.svc\.cluster\.local$/, '');
  return `${short}:${port}${subset === '' ? '' : ` ${subset}`}`;
}

function effectPairs(before: readonly Effect[], after: readonly Effect[]): (Difference | undefined)[] {
  const abouts = [...new Set([...before, ...after].map(({ about }) => about))];
  return abouts.map((about) => {
    const [was, is] = [before, after].map((effects) => effects.find((one) => one.about === about));
    return pair(about, was?.text ?? '', is?.text ?? '', was?.varies ?? is?.varies ?? false);
  });
}

function pair(about: string, before: string, after: string, varies = false): Difference | undefined {
  return before === after ? undefined : { about, before, after, varies };
}
