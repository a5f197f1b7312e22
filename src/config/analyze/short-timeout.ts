import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0506: `timeout` ends a request before its tries, each of `perTryTimeout`, can all be made. */
export const shortTimeout: AnalysisRule = () => ({
  VirtualService: (owner) =>
    owner.spec.http.flatMap(({ timeout, retries }, rule) => {
      const { attempts = 0, perTryTimeout } = retries ?? {};
      if (!timeout || !perTryTimeout || attempts === 0) return [];
      const needed = (attempts + 1) * perTryTimeout;
      if (timeout >= needed) return [];
      const tries = Math.ceil(timeout / perTryTimeout);
      const message = `timeout ${timeout} ms is shorter than ${attempts + 1} tries of ${perTryTimeout} ms: at most ${tries} of them can begin when each runs out of time`;
      const remedy = `set timeout to ${needed}ms or more, fewer attempts, or a shorter perTryTimeout`;
      return [finding('WFT0506', owner, ['spec', 'http', rule, 'timeout'], message, remedy)];
    }),
});
