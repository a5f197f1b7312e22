import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

const SECTIONS = ['accessLogging', 'metrics', 'tracing'] as const;

/** IST0157: a section of a Telemetry names no provider, and meshConfig.defaultProviders is not written for it. */
export const telemetryProvider: AnalysisRule = ({ resources }) =>
  resources.of('Telemetry').flatMap((telemetry) =>
    SECTIONS.flatMap((section) =>
      telemetry.spec[section].flatMap((part, index) => {
        if (part.providers.length === 0) return [];
        const known = part.providers.filter(({ name }) => name !== '');
        if (known.length > 0) return [];
        const message = `The Telemetry ${telemetry.name} in namespace "${telemetry.namespace}" with empty providers will be ignored.`;
        return [
          finding('IST0157', telemetry, ['spec', section, index, 'providers'], message, 'name a provider'),
        ];
      }),
    ),
  );
