import type { Work } from '../call-time.ts';
import { type RouterPackages, routerWork } from './router-work.ts';
import { ownWork } from './routing-work.ts';

/** A Worker that does the work of a side as often as `/SIDE?calls=N&routes=N` says; its clock stands still meanwhile. */
export function routingWorker(packages: RouterPackages): { fetch(request: Request): Response } {
  let work: Work | undefined;
  return {
    fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const side = pathname.slice(1);
      work ??= ownWork(side) ?? routerWork(side, packages, Number(searchParams.get('routes')));
      return new Response(String(work(Number(searchParams.get('calls')))));
    },
  };
}
