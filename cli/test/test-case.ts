import type { Diagnostic, Position } from '../../src/config/diagnostic.ts';
import type { Hop } from '../../src/proxy/explain/explain-hops.ts';
import type { GatewayKind } from '../../src/proxy/explain/mesh-path.ts';
import type { Unreadable } from '../../src/proxy/explain/read-request.ts';
import type { Question } from '../explain/question.ts';

/** Requests with what must become of each of them. */
export interface TestCase {
  readonly name: string;
  readonly position: Position;
  readonly questions: readonly Question[];
  /** `virtual-services` judges the VirtualServices alone, with every Gateway that they name taking every host. */
  readonly scope: 'mesh' | 'virtual-services';
  /** What runs the gateway, where the file says so. */
  readonly gateway?: GatewayKind | undefined;
  /** What is not as it must be. */
  judge(observed: Observation): readonly Failure[];
}

/** What became of a request: the proxies on its way, or the refusal at the door of the first. */
export interface Observation {
  readonly hops: readonly Hop[];
  readonly refusal: Unreadable | undefined;
}

/** An expectation that was not met. */
export interface Failure {
  readonly position: Position;
  readonly message: string;
}

/** What a file of tests holds. */
export interface TestFile {
  readonly cases: readonly TestCase[];
  readonly diagnostics: readonly Diagnostic[];
}
