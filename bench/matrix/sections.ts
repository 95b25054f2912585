import type { Section } from './check.ts';
import { clientLeavesSection } from './checks/client-leaves.ts';
import { exactnessSection } from './checks/exactness.ts';
import { fieldsSection } from './checks/fields.ts';
import { headSection } from './checks/head.ts';
import { hostileSection } from './checks/hostile.ts';
import { slowReaderSection } from './checks/slow-reader.ts';
import { upgradesSection } from './checks/upgrades.ts';
import { upstreamDiesSection } from './checks/upstream-dies.ts';

/** The rows of the matrix, in order. */
export const SECTIONS: readonly Section[] = [
  headSection,
  clientLeavesSection,
  upstreamDiesSection,
  slowReaderSection,
  exactnessSection,
  upgradesSection,
  fieldsSection,
  hostileSection,
];
