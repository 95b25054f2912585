/** What bench/html.ts puts into the page: one entry for each scenario that ran. */
export interface Scenario {
  id: string;
  title: string;
  figures: Figure[];
}

export interface Figure {
  id: string;
  label: string;
  digits: number;
  better: 'lower' | 'higher';
  /** The one to show first. */
  first: boolean;
  /** Best first; whoever has no value is left out. */
  rows: Row[];
}

export interface Row {
  name: string;
  kind: 'direct' | 'gateway' | 'server' | 'library';
  median: number;
  min: number;
  max: number;
  rounds: (number | null)[];
}
