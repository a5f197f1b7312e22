import * as z from 'zod';
import { problem, stringMap } from '../resource/field.ts';

const requirement = z
  .strictObject({
    key: z.string(),
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(z.string()).default([]),
  })
  .check((ctx) => {
    const { operator, values } = ctx.value;
    const wanted = operator === 'In' || operator === 'NotIn';
    if (wanted !== values.length > 0)
      ctx.issues.push(problem(ctx.value, `${wanted ? 'needs' : 'has no'} values`, ['values']));
  });

/** LabelSelector of Kubernetes. */
export const kubernetesSelector = z.strictObject({
  matchLabels: stringMap.optional(),
  matchExpressions: z.array(requirement).default([]),
});

/** A LabelSelector, read. */
export type KubernetesSelector = z.output<typeof kubernetesSelector>;

/** Whether labels are selected; an empty selector selects everything. */
export function isSelected(
  { matchLabels, matchExpressions }: KubernetesSelector,
  labels: ReadonlyMap<string, string>,
): boolean {
  return (
    [...(matchLabels ?? [])].every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels.get(key);
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      return (value !== undefined && values.includes(value)) === (operator === 'In');
    })
  );
}
