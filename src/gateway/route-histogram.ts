import type { Histogram, Registry } from 'prom-client';
import type { Route } from './exchange-types.ts';

/** Values of one route. */
interface Series {
  /** How many lie in each bucket, the last one beyond all bounds; not summed up. */
  readonly counts: number[];
  sum: number;
}

/**
 * A histogram by route, in a registry of prom-client like its own, which look a series up by the text of its labels at
 * each value: several times for each stream, that is more than all the rest of the books.
 */
export class RouteHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #bounds: readonly number[];
  readonly #series = new Map<Route, Series>();

  constructor(registry: Registry, name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    // What the registry asks of a metric is `get` alone, and its name.
    registry.registerMetric(this as unknown as Histogram);
  }

  /** Shows the route's series from now on, without a value. */
  zero(route: Route): void {
    this.#of(route);
  }

  observe(route: Route, value: number): void {
    const series = this.#of(route);
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    series.counts[bucket] = (series.counts[bucket] as number) + 1;
    series.sum += value;
  }

  #of(route: Route): Series {
    let series = this.#series.get(route);
    if (series === undefined) {
      series = { counts: Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#series.set(route, series);
    }
    return series;
  }

  /** As the registry wants it: buckets that include those below, sum and count. */
  async get() {
    const { name, help, type, aggregator } = this;
    const values = [...this.#series].flatMap(([route, { counts, sum }]) => {
      let count = 0;
      const buckets = counts.map((inBucket, i) => {
        count += inBucket;
        const le = this.#bounds[i] ?? '+Inf';
        return { labels: { le, route }, value: count, metricName: `${name}_bucket` };
      });
      return [
        ...buckets,
        { labels: { route }, value: sum, metricName: `${name}_sum` },
        { labels: { route }, value: count, metricName: `${name}_count` },
      ];
    });
    return { name, help, type, values, aggregator };
  }
}
