import * as z from 'zod';
import { BUCKET_BOUNDS } from '../../src/proxy/telemetry/histogram.ts';
import { LABEL_NAMES, type Labels } from '../../src/proxy/telemetry/labels.ts';
import type { ProxyReport } from '../../src/proxy/telemetry/report.ts';

/** No report is longer, in bytes: 2,000 series of requests and as many of connections fit. */
export const maxReportBytes = 8 * 1024 * 1024;

/** A proxy tells 2,000 sets of labels apart and folds the rest into a few more. */
const maxSeries = 2100;

const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z.string().max(512);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.number().min(0).max(8.64e15);
const labels = z.object(
  Object.fromEntries(LABEL_NAMES.map((name) => [name, text])),
) as unknown as z.ZodType<Labels>;
const distribution = z.object({ counts: z.array(count).length(BUCKET_BOUNDS.length + 1), sum: count });

const requestSeries = z.object({
  labels,
  requests: count,
  durationMs: distribution,
  requestBytes: distribution,
  responseBytes: distribution,
});

const connectionSeries = z.object({
  labels,
  opened: count,
  closed: count,
  sentBytes: count,
  receivedBytes: count,
});

/** A report as it may come in: everything bounded, fields of a newer proxy left out. */
export const reportBody: z.ZodType<ProxyReport> = z.object({
  instance: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/),
  startedAt: time,
  sentAt: time,
  revision: z.int().min(0),
  rejected: z
    .object({
      revision: z.int().min(0).exactOptional(),
      code: z.string().max(64),
      detail: z.string().max(4096),
    })
    .exactOptional(),
  certificate: z.object({ id: text, notBefore: time, notAfter: time }).exactOptional(),
  trust: z.object({ sequence: count, roots: z.array(hash).max(8), certificateRoot: text }).exactOptional(),
  runtime: z.string().max(64),
  version: z.string().max(64),
  traffic: z.array(requestSeries).max(maxSeries),
  connections: z.array(connectionSeries).max(maxSeries),
});
