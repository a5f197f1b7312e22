import { BUCKET_BOUNDS, type Distribution } from './histogram.ts';
import { LABEL_NAMES, type LabelName, type Labels, TCP_LABEL_NAMES } from './labels.ts';
import type { ConnectionSeries, RequestSeries } from './series.ts';

/** The content type of Prometheus' text exposition format. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A number of the moment, or a count, with labels of its own. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
}

/** Istio's metrics of a proxy and `others`, in Prometheus' text exposition format. */
export function prometheusText(
  requests: readonly RequestSeries[],
  connections: readonly ConnectionSeries[],
  others: readonly Metric[],
): string {
  const lines: string[] = [];
  const rows = requests.map((series) => ({ series, labels: labelText(series.labels, LABEL_NAMES) }));
  writeCounter(lines, 'istio_requests_total', 'Requests handled by the proxy.', rows, (s) => s.requests);
  for (const { name, help, of } of HISTOGRAMS) {
    writeHead(lines, name, help, 'histogram');
    for (const { series, labels } of rows) writeHistogram(lines, name, labels, of(series));
  }
  const tcp = connections.map((series) => ({ series, labels: labelText(series.labels, TCP_LABEL_NAMES) }));
  for (const { name, help, of } of TCP_COUNTERS) writeCounter(lines, name, help, tcp, of);
  for (const metric of others) writeMetric(lines, metric);
  return `${lines.join('\n')}\n`;
}

const HISTOGRAMS: readonly { name: string; help: string; of: (series: RequestSeries) => Distribution }[] = [
  {
    name: 'istio_request_duration_milliseconds',
    help: 'Time from the head of a request to the end of its response.',
    of: ({ durationMs }) => durationMs,
  },
  { name: 'istio_request_bytes', help: 'Sizes of request bodies.', of: ({ requestBytes }) => requestBytes },
  {
    name: 'istio_response_bytes',
    help: 'Sizes of response bodies.',
    of: ({ responseBytes }) => responseBytes,
  },
];

const TCP_COUNTERS: readonly { name: string; help: string; of: (series: ConnectionSeries) => number }[] = [
  { name: 'istio_tcp_connections_opened_total', help: 'TCP connections opened.', of: ({ opened }) => opened },
  { name: 'istio_tcp_connections_closed_total', help: 'TCP connections closed.', of: ({ closed }) => closed },
  {
    name: 'istio_tcp_sent_bytes_total',
    help: 'Bytes sent to clients of TCP connections.',
    of: ({ sentBytes }) => sentBytes,
  },
  {
    name: 'istio_tcp_received_bytes_total',
    help: 'Bytes received from clients of TCP connections.',
    of: ({ receivedBytes }) => receivedBytes,
  },
];

interface Row<Series> {
  readonly series: Series;
  readonly labels: string;
}

function writeHead(lines: string[], name: string, help: string, type: string): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
}

function writeCounter<Series>(
  lines: string[],
  name: string,
  help: string,
  rows: readonly Row<Series>[],
  of: (series: Series) => number,
): void {
  writeHead(lines, name, help, 'counter');
  for (const { series, labels } of rows) lines.push(`${name}{${labels}} ${of(series)}`);
}

function writeHistogram(lines: string[], name: string, labels: string, { counts, sum }: Distribution): void {
  let below = 0;
  counts.forEach((count, i) => {
    below += count;
    lines.push(`${name}_bucket{${labels},le="${BUCKET_BOUNDS[i] ?? '+Inf'}"} ${below}`);
  });
  lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${below}`);
}

function writeMetric(lines: string[], { name, help, type, samples }: Metric): void {
  writeHead(lines, name, help, type);
  for (const { labels, value } of samples) {
    const text = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
    lines.push(`${name}${text === '' ? '' : `{${text}}`} ${value}`);
  }
}

function labelText(labels: Labels, names: readonly LabelName[]): string {
  return names.map((name) => `${name}="${escaped(labels[name])}"`).join(',');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
