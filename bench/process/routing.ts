/** One side of the routing comparison, on the runtime that runs this. */
import { callTime, type Work, warm } from '../call-time.ts';
import { loadPackage } from '../peer/peer-package.ts';
import { ROUTERS, type RouterPackages, routerWork } from '../routing/router-work.ts';
import { ownWork } from '../routing/routing-work.ts';
import { answerQuestions } from './question-lines.ts';

/** Asks for one sample, in nanoseconds per call over `ms`. */
export interface RoutingQuestion {
  readonly side: string;
  readonly ms: number;
  /** Where the packages of peers are. */
  readonly packages: string;
  /** Of the host that a router of somebody else's is filled with. */
  readonly routes: number;
}

let work: Work | undefined;

answerQuestions(async ({ side, ms, packages, routes }: RoutingQuestion) => {
  if (work === undefined) {
    work = ownWork(side) ?? (await peerWork(side, packages, routes));
    warm(work);
  }
  return { ns: callTime(work, ms) };
});

async function peerWork(side: string, folder: string, routes: number): Promise<Work> {
  const name = ROUTERS[side];
  if (name === undefined) throw new Error(`no side ${side}`);
  const loaded: RouterPackages = { [name]: await loadPackage(folder, name) };
  return routerWork(side, loaded, routes);
}
