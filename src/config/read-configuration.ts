import type { Diagnostic } from './diagnostic.ts';
import { diagnostic } from './diagnostic-codes.ts';
import { type ParseOptions, parseResources } from './parse.ts';
import type { Resource } from './resource/resource.ts';

/** Manifests as they were written. */
export interface ManifestText {
  readonly file: string;
  readonly text: string;
}

/** What files say. */
export interface Configuration {
  readonly resources: readonly Resource[];
  /** Left out for an error, as far as they can be read: for analysis only. */
  readonly refused: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parses every file. Of two documents of one kind and name the later stands, with a notice. `onFile` hears how many
 * files are read.
 */
export function readConfiguration(
  files: readonly ManifestText[],
  options: ParseOptions = {},
  onFile?: (read: number) => void,
): Configuration {
  const parsed = files.map(({ file, text }, index) => {
    onFile?.(index);
    return parseResources(text, file, options);
  });
  const diagnostics = parsed.flatMap((result) => result.diagnostics);
  const byKey = new Map<string, Resource>();
  for (const resource of parsed.flatMap((result) => result.resources)) {
    const earlier = byKey.get(keyOf(resource));
    if (earlier) diagnostics.push(replaced(earlier, resource));
    byKey.set(keyOf(resource), resource);
  }
  const refused = parsed.flatMap((result) => result.refused);
  return { resources: [...byKey.values()], refused, diagnostics };
}

const keyOf = ({ kind, namespace, name }: Resource): string => `${kind}/${namespace}/${name}`;

function replaced(earlier: Resource, later: Resource): Diagnostic {
  const { file, line } = earlier.origin.at([]);
  return diagnostic('WFT0111', {
    resource: `${later.kind} ${later.namespace}/${later.name}`,
    position: later.origin.at([]),
    message: `replaces the document of the same kind and name at ${file}:${line}`,
  });
}
