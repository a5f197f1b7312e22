import packageJson from '../../package.json' with { type: 'json' };
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { DIAGNOSTIC_CODES } from '../../src/config/diagnostic-codes.ts';

const LEVELS = { error: 'error', warning: 'warning', notice: 'note' } as const;
const TITLES = new Map<string, string>(
  Object.entries(DIAGNOSTIC_CODES).map(([code, { title }]) => [code, title]),
);

/** A SARIF 2.1.0 log of one run. */
export function sarif(found: readonly Diagnostic[]): object {
  const codes = [...new Set(found.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'weft', version: packageJson.version, rules: codes.map(rule) } },
        columnKind: 'unicodeCodePoints',
        results: found.map((one) => result(one, codes)),
      },
    ],
  };
}

function rule(code: string): object {
  return { id: code, shortDescription: { text: TITLES.get(code) ?? code } };
}

function result(found: Diagnostic, codes: readonly string[]): object {
  const { code, severity, resource, path, position, message, remedy } = found;
  const { file, line, column } = position;
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: LEVELS[severity],
    message: { text: remedy ? `${message} Fix: ${remedy}.` : message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file) },
          region: { startLine: line, startColumn: column },
        },
        ...(resource && {
          logicalLocations: [{ fullyQualifiedName: path ? `${resource} ${path}` : resource }],
        }),
      },
    ],
  };
}
