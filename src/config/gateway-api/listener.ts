import * as z from 'zod';
import { mapOf, portNumber, problem } from '../resource/field.ts';
import { kubernetesSelector } from './label-selector.ts';
import { GATEWAY_GROUP, group, hostname, kindName, secretReference, sectionName } from './reference.ts';

/** Options of an implementation's own. */
export const tlsOptions = mapOf(z.string().max(4096)).refine(
  (options) => options.size <= 16,
  'must have at most 16 entries',
);

const listenerTls = z
  .strictObject({
    mode: z.enum(['Terminate', 'Passthrough']).default('Terminate'),
    certificateRefs: z.array(secretReference).max(64).default([]),
    options: tlsOptions.optional(),
  })
  .refine(
    ({ mode, certificateRefs, options }) =>
      mode !== 'Terminate' || certificateRefs.length > 0 || (options?.size ?? 0) > 0,
    'certificateRefs or options must be specified when mode is Terminate',
  );

const SAME = { from: 'Same' as const };

const allowedRoutes = z.strictObject({
  namespaces: z
    .strictObject({
      from: z.enum(['All', 'Selector', 'Same']).default('Same'),
      selector: kubernetesSelector.optional(),
    })
    .default(SAME),
  kinds: z
    .array(z.strictObject({ group: group.default(GATEWAY_GROUP), kind: kindName }))
    .max(8)
    .default([]),
});

const listener = z.strictObject({
  name: sectionName,
  hostname: hostname.optional(),
  port: portNumber,
  protocol: z
    .string()
    .min(1)
    .max(255)
    .regex(
      /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$/,
    ),
  tls: listenerTls.optional(),
  allowedRoutes: allowedRoutes.default({ namespaces: SAME, kinds: [] }),
});

/** A listener of a Gateway or ListenerSet. */
export type Listener = z.output<typeof listener>;

const PLAIN: readonly string[] = ['HTTP', 'TCP', 'UDP'];
const NAMELESS: readonly string[] = ['TCP', 'UDP'];

/** Listeners of a Gateway or ListenerSet; no two have the same name, or the same port, protocol and hostname. */
export const listeners = z
  .array(listener)
  .min(1)
  .max(64)
  .check((ctx) => {
    const all = ctx.value;
    const report = (message: string) => ctx.issues.push(problem(all, message));
    if (all.some(({ protocol, tls }) => tls && PLAIN.includes(protocol)))
      report("tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']");
    if (all.some(({ protocol, tls }) => protocol === 'HTTPS' && tls?.mode === 'Passthrough'))
      report('tls mode must be Terminate for protocol HTTPS');
    if (all.some(({ protocol, tls }) => protocol === 'TLS' && !tls))
      report('tls mode must be set for protocol TLS');
    if (all.some(({ protocol, hostname: name }) => name && NAMELESS.includes(protocol)))
      report("hostname must not be specified for protocols ['TCP', 'UDP']");
    if (new Set(all.map(({ name }) => name)).size < all.length)
      report('Listener name must be unique within the Gateway');
    if (new Set(all.map(portKey)).size < all.length)
      report('Combination of port, protocol and hostname must be unique for each listener');
  });

function portKey({ port, protocol, hostname: name }: Listener): string {
  return JSON.stringify([port, protocol, name]);
}
