import { RETRY_LINE } from './profile.ts';

const COMMENTS = /^:[^\r\n]*(?:\r\n|\r|\n|$)/gm;
const RETRIES = new RegExp(`^${RETRY_LINE}\n`, 'gm');

/** Lines that the gateway put into a body, by kind. */
export interface Insertions {
  comments: number;
  stamps: number;
  retries: number;
}

export function countInsertions(body: string): Insertions {
  return {
    comments: body.match(/^:(?! unclog )/gm)?.length ?? 0,
    stamps: body.match(/^: unclog \d+ \d+$/gm)?.length ?? 0,
    retries: body.match(RETRIES)?.length ?? 0,
  };
}

/** A body without the lines that the gateway may put in: comments and one `retry` field. */
export function withoutInsertions(body: string): string {
  return body.replace(COMMENTS, '').replace(RETRIES, '');
}
