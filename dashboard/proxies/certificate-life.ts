import type { Certificate } from '../control-api.ts';
import { h, type VElement } from '../dom/element.ts';
import { formatSpan } from '../format.ts';
import { bar } from '../notice.ts';

/** Where a certificate is in its life. */
export interface CertificateLife {
  /** What is left of it, 0 to 1. */
  readonly left: number;
  readonly kind: 'ok' | 'warn' | 'bad';
  readonly text: string;
}

/** Rotation comes at half life with some jitter: a leaf in its last fifth was not rotated. */
const overdue = 0.2;

/** Judges a certificate at `now`, ms since the epoch. */
export function certificateLife({ notBefore, notAfter }: Certificate, now: number): CertificateLife {
  const left = Math.min(1, Math.max(0, (notAfter - now) / Math.max(1, notAfter - notBefore)));
  if (now >= notAfter) return { left: 0, kind: 'bad', text: `expired ${formatSpan(now - notAfter)} ago` };
  return { left, kind: left < overdue ? 'warn' : 'ok', text: `${formatSpan(notAfter - now)} left` };
}

/** A certificate's life as a bar with words. */
export function certificateBar(certificate: Certificate | undefined, now: number): VElement {
  if (certificate === undefined) return h('span', { class: 'quiet' }, 'none');
  const { left, kind, text } = certificateLife(certificate, now);
  return h(
    'span',
    { class: 'life' },
    bar(left, kind, `${Math.round(left * 100)} % of its life left`),
    h('span', {}, text),
  );
}
