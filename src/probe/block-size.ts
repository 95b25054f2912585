import { headerTokens } from '../http/header-list.ts';
import { median } from '../statistics.ts';
import type { Observation, Release } from '../types.ts';

/** Buffer sizes in use are powers of two. */
const POWERS_BYTES = [65_536, 32_768, 16_384, 8_192, 4_096, 2_048, 1_024];
/** Framing inside a buffer leaves this share of it to the body, at least. */
const LEAST_BODY_SHARE = 0.8;
const FILLING_SHARE = 0.6;

/**
 * The size of the buffer whose filling releases the bytes, or null when the releases do not agree on one.
 * The first release also carried the head and the last one is cut by the end: only those between count.
 * A plain proxy's buffer holds body bytes, a TLS record buffer holds the framing as well. Where a slow link tears the
 * blocks apart, the chunks or frames that they were sent in still have their size.
 */
export function findBlockBytes(releases: Release[], observation: Observation): number | null {
  const inner = releases.length > 2 ? releases.slice(1, -1) : releases.slice(0, 1);
  const body = inner.map((release) => release.bytes);
  const wire = inner.map((release) => release.wireBytes);
  const exact = commonBlock(body) ?? commonBlock(wire) ?? commonBlock(framedBytes(observation));
  // A compressor that lags lets equally many equally large events go at a time: that is no buffer's size.
  if (exact !== null || isCoded(observation)) return exact;
  return sameSize(body) ?? sameSize(wire) ?? nearestPower(body);
}

function isCoded({ response }: Observation): boolean {
  return (
    response !== null && headerTokens(response.headers, 'content-encoding').some((one) => one !== 'identity')
  );
}

/** Sizes of chunks or DATA frames, without the last one, which the end cut. */
function framedBytes({ wire }: Observation): number[] {
  const sizes = [...(wire?.chunks ?? []), ...(wire?.frames ?? [])].map(({ bytes }) => bytes);
  return sizes.filter((bytes) => bytes > 0).slice(0, -1);
}

function commonBlock(sizes: number[]): number | null {
  const fits = (block: number): boolean =>
    sizes.filter((size) => size % block === 0).length >= Math.max(1, sizes.length * 0.8);
  return sizes.length === 0 ? null : (POWERS_BYTES.find(fits) ?? null);
}

/** Buffers of any other size: nearly all releases are equal to the byte. */
function sameSize(sizes: number[]): number | null {
  const middle = median(sizes);
  const same = sizes.filter((size) => size === middle);
  return sizes.length >= 2 && middle > 1 && same.length >= sizes.length * 0.8 ? middle : null;
}

/** Most of the releases fill the same buffer: one in the middle that happens to have such a size says nothing. */
function nearestPower(sizes: number[]): number | null {
  const fills = (power: number, bytes: number): boolean =>
    bytes <= power && bytes >= power * LEAST_BODY_SHARE;
  const power = POWERS_BYTES.find((one) => fills(one, median(sizes)));
  if (power === undefined) return null;
  const filling = sizes.filter((bytes) => fills(power, bytes));
  return filling.length >= sizes.length * FILLING_SHARE ? power : null;
}
