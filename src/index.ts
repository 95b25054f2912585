/**
 * unclog as a library: measure a stream ({@link probe}), judge saved observations ({@link diagnose}), stand in
 * front of a backend ({@link createGateway}), or be one ({@link createOrigin}).
 */
export type { GatewayMessages } from './gateway/channels.ts';
export { createGateway, type GatewayOptions, type RunningGateway } from './gateway/gateway.ts';
export { createOrigin, type OriginOptions, type RunningOrigin } from './origin/origin.ts';
export { diagnose } from './probe/diagnose.ts';
export type { ExperimentOptions, ExperimentProgress } from './probe/experiment/options.ts';
export { runExperiments } from './probe/experiment/run-experiments.ts';
export { observeHops as observe, type ProbeOptions, runProbe as probe } from './probe/run-probe.ts';
export type { ProbeTarget } from './probe/targets.ts';
export { formatReport, type ReportFormat } from './report/format.ts';
export type * from './types.ts';
