import * as z from 'zod';
import { portNumber, stringMap } from './field.ts';

const containerPort = z.looseObject({
  containerPort: portNumber,
  name: z.string().optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
});

const container = z.looseObject({
  name: z.string().min(1, 'container name is required'),
  ports: z.array(containerPort).default([]),
});

const template = z.looseObject({
  metadata: z.looseObject({ labels: stringMap.optional(), annotations: stringMap.optional() }).prefault({}),
  spec: z.looseObject({
    serviceAccountName: z.string().default('default'),
    containers: z.array(container).min(1, 'at least one container is required'),
  }),
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
