import { LIMITS } from './limits.ts';

/**
 * Where upstream connections read to. All start with this one buffer, so that tens of thousands of quiet streams hold
 * none of their own; bytes in it are valid only until the read's callback returns.
 */
export const SHARED_BLOCK = Buffer.allocUnsafeSlow(LIMITS.readBytes);

/** After a read of so many bytes the next one goes to a block of the stream's own, whose bytes need no copy. */
export const BURST_BYTES = 8_192;

/** Smaller pieces are copied all the same: one that has to wait would keep a whole block from being used. */
export const UNCOPIED_BYTES = 4_096;

const free: Buffer[] = [];

/** Memory in front of each block and behind it: framing of our own is written there instead of copying the payload. */
export const BLOCK_ROOM_BYTES = 16;

/** A block of its own memory, for one stream. */
export function takeBlock(): Buffer {
  return free.pop() ?? createBlock();
}

function createBlock(): Buffer {
  const memory = Buffer.allocUnsafeSlow(LIMITS.readBytes + 2 * BLOCK_ROOM_BYTES);
  return memory.subarray(BLOCK_ROOM_BYTES, BLOCK_ROOM_BYTES + LIMITS.readBytes);
}

/** Gives a block back. Nothing may read from it or write to it any more: the next stream gets it. */
export function returnBlock(block: Buffer): void {
  if (free.length < LIMITS.spareBlocks) free.push(block);
}
