import * as z from 'zod';
import { parseAddress } from '../../match/address.ts';
import { mapOf, portNumber, problem } from '../resource/field.ts';
import { kubernetesSelector } from './label-selector.ts';
import { listeners } from './listener.ts';
import { localReference, objectName, objectReference, secretReference } from './reference.ts';
import { distinct } from './rule.ts';

const HOST = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const address = z
  .strictObject({
    type: z
      .string()
      .min(1)
      .max(253)
      .regex(
        /^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/,
      )
      .default('IPAddress'),
    value: z.string().max(253).optional(),
  })
  .check((ctx) => {
    const { type, value } = ctx.value;
    if (!value) return;
    if (type === 'IPAddress' && parseAddress(value) === undefined)
      ctx.issues.push(problem(ctx.value, `"${value}" is not an IP address`, ['value']));
    if (type === 'Hostname' && !HOST.test(value))
      ctx.issues.push(
        problem(
          ctx.value,
          `Hostname value must be empty or contain only valid characters (matching ${HOST})`,
          ['value'],
        ),
      );
  });

const addresses = z
  .array(address)
  .max(16)
  .check((ctx) => {
    for (const type of ['IPAddress', 'Hostname']) {
      const values = ctx.value.filter((one) => one.type === type && one.value).map(({ value }) => value);
      if (new Set(values).size < values.length)
        ctx.issues.push(problem(ctx.value, `${type} values must be unique`));
    }
  })
  .default([]);

const frontend = z.strictObject({
  validation: z
    .strictObject({
      caCertificateRefs: z.array(objectReference).min(1).max(16),
      mode: z.enum(['AllowValidOnly', 'AllowInsecureFallback']).default('AllowValidOnly'),
    })
    .optional(),
});

const perPort = z
  .array(z.strictObject({ port: portNumber, tls: frontend }))
  .max(64)
  .check(distinct(({ port }) => String(port), 'Port for TLS configuration must be unique within the Gateway'))
  .default([]);

const gatewayTls = z.strictObject({
  backend: z.strictObject({ clientCertificateRef: secretReference.optional() }).optional(),
  frontend: z.strictObject({ default: frontend, perPort }).optional(),
});

const NONE = { from: 'None' as const };

const allowedListeners = z.strictObject({
  namespaces: z
    .strictObject({
      from: z.enum(['All', 'Selector', 'Same', 'None']).default('None'),
      selector: kubernetesSelector.optional(),
    })
    .default(NONE),
});

/** Gateway spec (gateway.networking.k8s.io). */
export const kubernetesGateway = z.strictObject({
  gatewayClassName: objectName,
  listeners,
  addresses,
  allowedListeners: allowedListeners.optional(),
  infrastructure: z
    .strictObject({
      annotations: mapOf(z.string().max(4096)).optional(),
      labels: mapOf(z.string().max(63)).optional(),
      parametersRef: localReference.optional(),
    })
    .optional(),
  tls: gatewayTls.optional(),
  defaultScope: z.enum(['All', 'None']).optional(),
});
