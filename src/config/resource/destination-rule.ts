import * as z from 'zod';
import { EVERYWHERE, exportToSome, labelMap, problem, workloadSelector } from './field.ts';
import { hostProblem } from './host-name.ts';
import { subsetName } from './subset-name.ts';
import { trafficPolicy } from './traffic-policy.ts';

const subset = z.strictObject({
  name: subsetName,
  labels: labelMap.optional(),
  trafficPolicy: trafficPolicy.optional(),
});

/** DestinationRule spec. `host` is as written: short names belong to the rule's namespace. */
export const destinationRule = z
  .strictObject({
    host: z.string().superRefine((host, ctx) => {
      const message = hostProblem(host);
      if (message !== undefined) ctx.addIssue({ code: 'custom', message });
    }),
    trafficPolicy: trafficPolicy.optional(),
    subsets: z.array(subset).default([]),
    exportTo: exportToSome,
    workloadSelector: workloadSelector.optional(),
  })
  .check((ctx) => {
    const { workloadSelector: selector, exportTo: visible } = ctx.value;
    if (selector !== undefined && visible !== EVERYWHERE && visible.some((entry) => entry !== '.'))
      ctx.issues.push(
        problem(ctx.value, 'a rule with workloadSelector is only for its own namespace', ['exportTo']),
      );
    const names = new Set<string>();
    for (const [index, { name }] of ctx.value.subsets.entries()) {
      if (names.has(name))
        ctx.issues.push(problem(ctx.value, `subset ${name} is defined twice`, ['subsets', index, 'name']));
      names.add(name);
    }
  });
