import * as z from 'zod';
import { EVERYWHERE, exportTo, problem, stringMap, workloadSelector } from './field.ts';
import { hostProblem } from './host-name.ts';
import { trafficPolicy } from './traffic-policy.ts';

const subset = z.strictObject({
  name: z
    .string()
    .min(1, 'subset name is required')
    .max(63)
    .regex(/^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/, 'subset name must be a DNS label'),
  labels: stringMap.optional(),
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
    exportTo,
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
