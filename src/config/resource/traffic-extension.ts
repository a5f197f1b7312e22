import * as z from 'zod';
import { int32, workloadSelector } from './field.ts';
import { checkAttachment, targetReferences } from './target-reference.ts';
import { phase, trafficSelector, wasmFields } from './wasm-plugin.ts';

/** TrafficExtension spec: one Lua filter or one Wasm module. */
export const trafficExtension = z
  .strictObject({
    selector: workloadSelector.optional(),
    targetRefs: targetReferences.optional(),
    match: z.array(trafficSelector).default([]),
    phase: phase.optional(),
    priority: int32.optional(),
    lua: z.strictObject({ inlineCode: z.string().min(1, 'inlineCode must be set') }).optional(),
    wasm: z.strictObject(wasmFields).optional(),
  })
  .check(checkAttachment)
  .refine((spec) => (spec.lua === undefined) !== (spec.wasm === undefined), {
    message: 'exactly one of lua or wasm must be set',
  });
