import * as z from 'zod';
import { int32, problem, workloadSelector } from './field.ts';
import { checkAttachment, targetReference, targetReferences } from './target-reference.ts';

const env = z
  .strictObject({
    name: z.string().min(1).max(256),
    valueFrom: z.enum(['INLINE', 'HOST']).default('INLINE'),
    value: z.string().max(2048).optional(),
  })
  .refine((variable) => variable.value === undefined || variable.valueFrom === 'INLINE', {
    message: 'value may only be set when valueFrom is INLINE',
    path: ['value'],
  });

const vmConfig = z.strictObject({
  env: z
    .array(env)
    .max(256)
    .check((ctx) => {
      for (const [index, { name }] of ctx.value.entries())
        if (ctx.value.findIndex((other) => other.name === name) !== index)
          ctx.issues.push(problem(ctx.value, `Duplicate value "${name}"`, [index, 'name']));
    })
    .default([]),
});

const url = z
  .string()
  .min(1, 'url field needs to be set')
  .refine((text) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^(?:https?|oci|file):\/\//.test(text), {
    message: 'url contains unsupported scheme: must be http, https, oci or file',
  });

const sha256 = z.string().superRefine((text, ctx) => {
  if (text === '' || /^[a-f0-9]{64}$/.test(text)) return;
  const wrong = text.length === 64 ? 'must match [a-f0-9]{64} pattern' : 'must be 64 characters long';
  ctx.addIssue({ code: 'custom', message: `sha256 field ${wrong}` });
});

/** Where in the chain an extension runs. */
export const phase = z.enum(['UNSPECIFIED_PHASE', 'AUTHN', 'AUTHZ', 'STATS']);

/** The fields of a Wasm module, the same in WasmPlugin and TrafficExtension. */
export const wasmFields = {
  url: z.string('url field needs to be set').pipe(url),
  sha256: sha256.optional(),
  imagePullPolicy: z.enum(['UNSPECIFIED_POLICY', 'IfNotPresent', 'Always']).optional(),
  imagePullSecret: z.string().min(1).max(253).optional(),
  verificationKey: z.string().optional(),
  pluginConfig: z.looseObject({}).optional(),
  pluginName: z.string().min(1).max(256).optional(),
  failStrategy: z.enum(['FAIL_CLOSE', 'FAIL_OPEN', 'FAIL_RELOAD']).optional(),
  vmConfig: vmConfig.optional(),
  type: z.enum(['UNSPECIFIED_PLUGIN_TYPE', 'HTTP', 'NETWORK']).optional(),
};

/** `match` of both: mode and ports. */
export const trafficSelector = z.strictObject(
  {
    mode: z.enum(['UNDEFINED', 'CLIENT', 'SERVER', 'CLIENT_AND_SERVER']).optional(),
    ports: z
      .array(
        z.strictObject({ number: z.int('Required value').optional() }, 'is nil').check((ctx) => {
          const { number } = ctx.value;
          if (number === undefined) ctx.issues.push(problem(ctx.value, 'Required value', ['number']));
          if (number === undefined || number < 1 || number > 65535)
            ctx.issues.push(problem(ctx.value, `is out of range: ${number ?? 0}`));
        }),
      )
      .default([]),
  },
  'is nil',
);

/** WasmPlugin spec. */
export const wasmPlugin = z
  .strictObject({
    selector: workloadSelector.optional(),
    targetRef: targetReference.optional(),
    targetRefs: targetReferences.optional(),
    ...wasmFields,
    phase: phase.optional(),
    priority: int32.optional(),
    match: z.array(trafficSelector).default([]),
  })
  .check(checkAttachment);
