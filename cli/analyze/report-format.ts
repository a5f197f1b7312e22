import { stringify } from 'yaml';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { sarif } from './sarif.ts';

/** What `-o` may say; `log` is for people. */
export const REPORT_FORMATS = ['log', 'json', 'yaml', 'sarif', 'github'] as const;

/** One of `-o`. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The findings in a form for programs. */
export function formatReport(found: readonly Diagnostic[], format: Exclude<ReportFormat, 'log'>): string {
  switch (format) {
    case 'json':
      return JSON.stringify(found.map(message), null, 2);
    case 'yaml':
      return stringify(found.map(message)).trimEnd();
    case 'sarif':
      return JSON.stringify(sarif(found), null, 2);
    case 'github':
      return found.map(annotation).join('\n');
  }
}

/** Of istioctl: Error, Warning, Info. */
const LEVELS = { error: 'Error', warning: 'Warning', notice: 'Info' } as const;

/** The fields of istioctl, and the place and remedy. */
function message({ code, severity, resource, path, position, message, remedy }: Diagnostic) {
  return {
    code,
    level: LEVELS[severity],
    ...(resource && { origin: resource }),
    ...(path && { path }),
    message,
    ...(remedy && { remedy }),
    reference: `${position.file}:${position.line}`,
    ...position,
  };
}

/** A workflow command of GitHub Actions. */
function annotation({ code, severity, position, message, remedy }: Diagnostic): string {
  const { file, line, column } = position;
  const place = `file=${property(file)},line=${line},col=${column},title=${property(code)}`;
  return `::${severity} ${place}::${escaped(remedy ? `${message}\nfix: ${remedy}` : message)}`;
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
