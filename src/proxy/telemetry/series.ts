import { type Distribution, Histogram } from './histogram.ts';
import type { Labels } from './labels.ts';

/** Requests of one set of labels since the process started. */
export interface RequestSeries {
  readonly labels: Labels;
  readonly requests: number;
  readonly durationMs: Distribution;
  /** Of bodies, in bytes; as much as passed. */
  readonly requestBytes: Distribution;
  readonly responseBytes: Distribution;
}

/** Connections of one set of labels whose bytes were passed on unread, since the process started. */
export interface ConnectionSeries {
  readonly labels: Labels;
  readonly opened: number;
  readonly closed: number;
  /** Bytes from the server to the client (Istio's `istio_tcp_sent_bytes_total`). */
  readonly sentBytes: number;
  /** Bytes from the client to the server. */
  readonly receivedBytes: number;
}

/** Requests of one set of labels, counted in place. */
export class RequestCounter {
  readonly labels: Labels;
  readonly #duration = new Histogram();
  readonly #request = new Histogram();
  readonly #response = new Histogram();
  #requests = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  add(durationMs: number, requestBytes: number, responseBytes: number): void {
    this.#requests++;
    this.#duration.observe(durationMs);
    this.#request.observe(requestBytes);
    this.#response.observe(responseBytes);
  }

  read(): RequestSeries {
    return {
      labels: this.labels,
      requests: this.#requests,
      durationMs: this.#duration.read(),
      requestBytes: this.#request.read(),
      responseBytes: this.#response.read(),
    };
  }
}

/** Connections of one set of labels, counted in place. */
export class ConnectionCounter {
  readonly labels: Labels;
  #opened = 0;
  #closed = 0;
  #sent = 0;
  #received = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  open(): void {
    this.#opened++;
  }

  close(sentBytes: number, receivedBytes: number): void {
    this.#closed++;
    this.#sent += sentBytes;
    this.#received += receivedBytes;
  }

  read(): ConnectionSeries {
    return {
      labels: this.labels,
      opened: this.#opened,
      closed: this.#closed,
      sentBytes: this.#sent,
      receivedBytes: this.#received,
    };
  }
}
