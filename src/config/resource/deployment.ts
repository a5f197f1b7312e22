import * as z from 'zod';
import { stringMap } from './field.ts';
import { pod } from './pod.ts';

const template = z.looseObject({
  metadata: z.looseObject({ labels: stringMap.optional(), annotations: stringMap.optional() }).prefault({}),
  spec: pod,
});

/** Deployment spec, the parts that name a workload, its identity and its ports. */
export const deployment = z
  .looseObject({
    replicas: z.int().min(0).default(1),
    selector: z.looseObject({ matchLabels: stringMap.optional() }),
    template,
  })
  .refine(
    (spec) =>
      [...(spec.selector.matchLabels ?? [])].every(
        ([key, value]) => spec.template.metadata.labels?.get(key) === value,
      ),
    { message: 'selector does not match template labels', path: ['selector', 'matchLabels'] },
  );
